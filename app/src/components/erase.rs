//! Views without their types, for a small application in the browser.

#[cfg(feature = "ssr")]
use leptos::prelude::*;

/// A view without its type. On the server it is Leptos' own.
#[cfg(feature = "ssr")]
pub(crate) type Piece = AnyView;

#[cfg(not(feature = "ssr"))]
pub(crate) use browser::Piece;

/// Takes the type off a view.
pub(crate) trait Erase {
    /// The view as one among all.
    fn erased(self) -> Piece;
}

#[cfg(feature = "ssr")]
impl<V: RenderHtml + 'static> Erase for V {
    fn erased(self) -> Piece {
        self.into_any()
    }
}

/// What `AnyView` is, without the code that no page uses: lazy hydration, owned copies of literals, and
/// attributes from outside. With `AnyView` the application is a third larger.
#[cfg(not(feature = "ssr"))]
mod browser {
    use std::any::Any;

    use leptos::{
        attr::{Attribute, any_attribute::AnyAttribute},
        prelude::*,
        tachys::{
            hydration::Cursor,
            renderer::{
                Rndr,
                types::{Element, Node, Placeholder},
            },
            view::{Mountable, Position, PositionState, add_attr::AddAnyAttr},
        },
    };

    use super::Erase;

    /// A view without its type.
    pub(crate) struct Piece(Box<dyn Erased>);

    impl<V: RenderHtml + 'static> Erase for V {
        fn erased(self) -> Piece {
            Piece(Box::new(self))
        }
    }

    trait Erased: Send {
        fn build(self: Box<Self>) -> PieceState;
        fn rebuild(self: Box<Self>, state: &mut PieceState);
        fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> PieceState;
    }

    impl<V: RenderHtml + 'static> Erased for V {
        fn build(self: Box<Self>) -> PieceState {
            PieceState {
                held: Box::new(Held::<V>(Render::build(*self))),
                placeholder: (!V::EXISTS).then(Rndr::create_placeholder),
            }
        }

        fn rebuild(self: Box<Self>, state: &mut PieceState) {
            let held: &mut dyn Any = &mut *state.held;
            match held.downcast_mut::<Held<V>>() {
                Some(held) => Render::rebuild(*self, &mut held.0),
                None => state.give_way_to(self.build()),
            }
        }

        fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> PieceState {
            PieceState {
                held: Box::new(Held::<V>(RenderHtml::hydrate::<true>(*self, cursor, position))),
                placeholder: (!V::EXISTS).then(|| cursor.next_placeholder(position)),
            }
        }
    }

    /// The state of a view of this very type.
    struct Held<V: Render>(V::State);

    impl<V: Render> Mountable for Held<V> {
        fn unmount(&mut self) {
            self.0.unmount();
        }

        fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
            self.0.mount(parent, marker);
        }

        fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
            self.0.insert_before_this(child)
        }

        fn elements(&self) -> Vec<Element> {
            self.0.elements()
        }
    }

    trait Living: Mountable + Any {}

    impl<V: Render + 'static> Living for Held<V> {}

    /// The state of a view without its type.
    pub(crate) struct PieceState {
        held: Box<dyn Living>,
        /// Stands for a view that has no place of its own in the document.
        placeholder: Option<Placeholder>,
    }

    impl PieceState {
        fn give_way_to(&mut self, mut other: Self) {
            self.insert_before_this(&mut other);
            self.unmount();
            *self = other;
        }
    }

    impl Mountable for PieceState {
        fn unmount(&mut self) {
            self.held.unmount();
            if let Some(placeholder) = &mut self.placeholder {
                placeholder.unmount();
            }
        }

        fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
            self.held.mount(parent, marker);
            if let Some(placeholder) = &mut self.placeholder {
                placeholder.mount(parent, marker);
            }
        }

        fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
            self.held.insert_before_this(child)
                || self.placeholder.as_ref().is_some_and(|placeholder| placeholder.insert_before_this(child))
        }

        fn elements(&self) -> Vec<Element> {
            self.held.elements()
        }
    }

    impl Render for Piece {
        type State = PieceState;

        fn build(self) -> PieceState {
            self.0.build()
        }

        fn rebuild(self, state: &mut PieceState) {
            self.0.rebuild(state);
        }
    }

    impl AddAnyAttr for Piece {
        type Output<A: Attribute> = Self;

        fn add_any_attr<A: Attribute>(self, _: A) -> Self {
            self
        }
    }

    impl RenderHtml for Piece {
        type AsyncOutput = Self;
        type Owned = Self;

        const MIN_LENGTH: usize = 0;

        fn dry_resolve(&mut self) {}

        async fn resolve(self) -> Self {
            self
        }

        fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {
            unreachable!("the browser renders no HTML text");
        }

        fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> PieceState {
            self.0.hydrate(cursor, position)
        }

        fn into_owned(self) -> Self {
            self
        }
    }
}
