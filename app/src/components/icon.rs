//! Line icons of Lucide, drawn in the colour of the text beside them. The WASM holds those that are named here only.

use icondata_lu as lucide;
use leptos::prelude::*;

use types::scope::AccessLevel;

/// The brand's own mark, the same as in favicon.svg.
const GATE: &str = r#"<path d="M5 21V11a7 7 0 0 1 14 0v10M12 14v7"/><circle cx="12" cy="12.5" r="2"/>"#;

/// The picture of an icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glyph {
    /// The gate of the brand.
    Gate,
    /// Read.
    Eye,
    /// Write.
    Pencil,
    /// Execute.
    Play,
    /// Admin.
    Shield,
    /// Workspace settings.
    Gear,
    /// Hand something on.
    Share,
    /// Two sheets.
    Copy,
    /// Done.
    Check,
    /// A menu opens.
    Chevrons,
    /// The person.
    Person,
    /// Take care.
    Warning,
    /// A program on the person's computer.
    Laptop,
    /// Look for something.
    Search,
    /// Close.
    Cross,
    /// Apps.
    Plug,
    /// Work items.
    List,
    /// Leads away.
    Leave,
    /// Goes on while the person is away.
    Clock,
    /// Delete.
    Bin,
    /// Light theme.
    Sun,
    /// Dark theme.
    Moon,
}

impl Glyph {
    /// The icon of an access level, everywhere the same.
    pub(crate) const fn of_level(level: AccessLevel) -> Self {
        match level {
            AccessLevel::Read => Self::Eye,
            AccessLevel::Write => Self::Pencil,
            AccessLevel::Execute => Self::Play,
            AccessLevel::Admin => Self::Shield,
        }
    }

    /// Its shapes, in the elements of SVG, on a square of 24.
    fn shapes(self) -> &'static str {
        let icon = match self {
            Self::Gate => return GATE,
            Self::Eye => lucide::LuEye,
            Self::Pencil => lucide::LuPencil,
            Self::Play => lucide::LuPlay,
            Self::Shield => lucide::LuShield,
            Self::Gear => lucide::LuSettings,
            Self::Share => lucide::LuShare,
            Self::Copy => lucide::LuCopy,
            Self::Check => lucide::LuCheck,
            Self::Chevrons => lucide::LuChevronsUpDown,
            Self::Person => lucide::LuUser,
            Self::Warning => lucide::LuTriangleAlert,
            Self::Laptop => lucide::LuLaptop,
            Self::Search => lucide::LuSearch,
            Self::Cross => lucide::LuX,
            Self::Plug => lucide::LuPlug,
            Self::List => lucide::LuList,
            Self::Leave => lucide::LuExternalLink,
            Self::Clock => lucide::LuClock,
            Self::Bin => lucide::LuTrash,
            Self::Sun => lucide::LuSun,
            Self::Moon => lucide::LuMoon,
        };
        icon.data
    }
}

/// An icon without words of its own: the text beside it, or the button's label, says the same.
#[component]
pub(crate) fn Icon(
    /// Its picture.
    glyph: Glyph,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" inner_html=glyph.shapes()></svg>
    }
    .into_any()
}
