//! Line icons, drawn in the colour of the text beside them.

use leptos::prelude::*;

use types::scope::AccessLevel;

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

    const fn path(self) -> &'static str {
        match self {
            Self::Gate => "M5 21V11a7 7 0 0 1 14 0v10M12 14v7M12 14.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
            Self::Eye => "M2 12s3.6-7 10-7 10 7 10 7-3.6 7-10 7S2 12 2 12ZM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
            Self::Pencil => "M4 20l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L8 19l-4 1ZM14 7l3 3",
            Self::Play => "M7 4.5v15L19 12 7 4.5Z",
            Self::Shield => "M12 3l7.5 3v5.5c0 4.5-3 8-7.5 9.5-4.5-1.5-7.5-5-7.5-9.5V6L12 3Z",
            Self::Gear => {
                "M10.1 5.4 L10.4 2.7 L13.6 2.7 L13.9 5.4 L15.3 6 L17.4 4.3 L19.7 6.6 L18 8.7 L18.6 \
                 10.1 L21.3 10.4 L21.3 13.6 L18.6 13.9 L18 15.3 L19.7 17.4 L17.4 19.7 L15.3 18 \
                 L13.9 18.6 L13.6 21.3 L10.4 21.3 L10.1 18.6 L8.7 18 L6.6 19.7 L4.3 17.4 L6 15.3 \
                 L5.4 13.9 L2.7 13.6 L2.7 10.4 L5.4 10.1 L6 8.7 L4.3 6.6 L6.6 4.3 L8.7 6ZM12 \
                 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z"
            }
            Self::Share => "M12 15V3M8 7l4-4 4 4M5 12v7a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-7",
            Self::Copy => "M9 9h11v11H9V9ZM15 5V4H4v11h1",
            Self::Check => "M5 12.5l4.5 4.5L19 7.5",
            Self::Chevrons => "M8 9.5l4-4 4 4M8 14.5l4 4 4-4",
            Self::Person => "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.5 20.5c.8-4 4-6 7.5-6s6.7 2 7.5 6",
            Self::Warning => "M12 4 2.5 20h19L12 4ZM12 10v4.5M12 17.2v.1",
            Self::Laptop => "M5 5h14v10H5V5ZM2.5 19h19",
            Self::Search => "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.5 15.5 20 20",
            Self::Cross => "M6 6l12 12M18 6 6 18",
            Self::Plug => "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0V8ZM12 17v4",
            Self::List => "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
            Self::Leave => "M14 5h5v5M19 5l-9 9M18 14v5H5V6h5",
            Self::Clock => "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 7.5V12l3 2",
            Self::Bin => "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
            Self::Sun => {
                "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 \
                 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5"
            }
            Self::Moon => "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z",
        }
    }
}

/// An icon without words of its own: the text beside it, or the button's label, says the same.
#[component]
pub(crate) fn Icon(
    /// Its picture.
    glyph: Glyph,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=glyph.path()></path>
        </svg>
    }
    .into_any()
}
