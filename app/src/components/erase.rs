//! Views without their types, for a small application in the browser: it compiles what is made of them once, not once
//! for every use.

use leptos::prelude::*;

/// A view without its type.
pub(crate) type Piece = AnyView;

/// Takes the type off a view.
pub(crate) trait Erase {
    /// The view as one among all.
    fn erased(self) -> Piece;
}

impl<V: RenderHtml + 'static> Erase for V {
    fn erased(self) -> Piece {
        self.into_any()
    }
}
