//! The inside of a component, as one piece. With the children of Leptos every use of a component would bring its
//! own type of view, and each of those costs the browser more than the page that uses it.

use std::sync::Arc;

use leptos::{
    children::{ChildrenOptContainer, ToChildren},
    prelude::*,
};

/// The children of a component.
pub(crate) struct AnyChildren(pub(crate) AnyView);

impl<F, V> ToChildren<F> for AnyChildren
where
    F: FnOnce() -> V,
    V: RenderHtml + 'static,
{
    fn to_children(children: F) -> Self {
        Self(children().into_any())
    }
}

impl<T> ToChildren<ChildrenOptContainer<T>> for AnyChildren
where
    T: RenderHtml + 'static,
{
    fn to_children(children: ChildrenOptContainer<T>) -> Self {
        Self(children.0.into_any())
    }
}

/// The children of a component that makes them anew each time it shows them.
#[derive(Clone)]
pub(crate) struct AnyChildrenFn(Arc<dyn Fn() -> AnyView + Send + Sync>);

impl AnyChildrenFn {
    /// The children, made now.
    pub(crate) fn view(&self) -> AnyView {
        (self.0)()
    }
}

impl<F, V> ToChildren<F> for AnyChildrenFn
where
    F: Fn() -> V + Send + Sync + 'static,
    V: RenderHtml + 'static,
{
    fn to_children(children: F) -> Self {
        Self(Arc::new(move || children().into_any()))
    }
}

/// A view that is made again when a signal changes that it read.
pub(crate) fn live(view: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let view: Box<dyn Fn() -> AnyView + Send> = Box::new(view);
    view.into_any()
}
