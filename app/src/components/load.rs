//! The data that pages get from the server, and the way they wait for it.

use std::{future::Future, marker::PhantomData, pin::Pin, sync::Arc};

use leptos::{prelude::*, tachys::reactive_graph::OwnedView};

use super::{
    empty::Loading,
    failure::{FailureNote, FailurePage},
    form::Refresh,
};
use crate::wire::{
    Failed,
    content::{Content, Embedded, Loaded},
};
use types::failure::Failure;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Fetch = Arc<dyn Fn() -> Boxed<Result<Content, Failure>> + Send + Sync>;

/// Something from the server: rendered with the page, fetched again when its key changes.
pub(crate) struct PageResource<T> {
    resource: Answer,
    content: PhantomData<fn() -> T>,
}

impl<T> Clone for PageResource<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for PageResource<T> {}

impl<T: Loaded> PageResource<T> {
    /// `key` says for what `fetch` would ask; it is watched, `fetch` is not.
    pub(crate) fn new<F>(
        key: impl Fn() -> String + Send + Sync + 'static,
        fetch: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<T, Failed>> + Send + 'static,
    {
        let refresh = use_context::<Refresh>();
        let key = move || (refresh.map_or(0, Refresh::times), key());
        let fetch: Fetch = Arc::new(move || {
            let content = fetch();
            Box::pin(async move { content.await.map(Content::new).map_err(|failed| failed.0) })
        });
        Self { resource: resource(Box::new(key), fetch), content: PhantomData }
    }

    /// The answer of the server.
    pub(crate) async fn get(self) -> Result<T, Failure> {
        self.resource.await.and_then(|content| content.get())
    }

    /// Asks again.
    pub(crate) fn refetch(self) {
        self.resource.refetch();
    }

    /// Shows it as a page once it is there; keeps showing the old while the new is on its way, and says what went
    /// wrong, with another try.
    pub(crate) fn shown(self, show: impl Fn(T) -> AnyView + Send + Sync + 'static) -> AnyView {
        self.shown_or(show, |failure, retry| view! { <FailurePage failure retry /> }.into_any())
    }

    /// As [`Self::shown`], for a part of a page.
    pub(crate) fn shown_inside(self, show: impl Fn(T) -> AnyView + Send + Sync + 'static) -> AnyView {
        self.shown_or(show, |failure, retry| view! { <FailureNote failure retry /> }.into_any())
    }

    fn shown_or(
        self,
        show: impl Fn(T) -> AnyView + Send + Sync + 'static,
        failed: fn(Failure, Callback<()>) -> AnyView,
    ) -> AnyView {
        let show = Arc::new(move |content: Content| content.get().map(&show));
        shown(self.resource, show, failed)
    }
}

type Show = Arc<dyn Fn(Content) -> Result<AnyView, Failure> + Send + Sync>;
type Answer = Resource<Result<Content, Failure>, Embedded>;

fn shown(resource: Answer, show: Show, failed: fn(Failure, Callback<()>) -> AnyView) -> AnyView {
    let page = Owner::current().unwrap_or_default();
    awaited(Arc::new(move || {
        let show = Arc::clone(&show);
        // What is shown keeps its signals until the next is in its place: it may still change in between.
        let owner = page.child();
        Box::pin(async move {
            let answer = resource.await;
            let view = owner.with(|| match answer.and_then(|content| show(content)) {
                Ok(view) => view,
                Err(failure) => failed(failure, Callback::new(move |()| resource.refetch())),
            });
            OwnedView::new_with_owner(view, owner).into_any()
        })
    }))
}

fn resource(key: Box<dyn Fn() -> (u32, String) + Send + Sync>, fetch: Fetch) -> Answer {
    Resource::new_with_options(key, move |_| fetch(), false)
}

/// Shows a view that has to be waited for.
pub(crate) fn awaited(view: Arc<dyn Fn() -> Boxed<AnyView> + Send + Sync>) -> AnyView {
    view! { <Transition fallback=Loading>{move || Suspend::new(view())}</Transition> }.into_any()
}
