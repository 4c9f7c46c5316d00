//! The page for every path that names nothing.

use leptos::prelude::*;

use crate::components::{
    icon::{Glyph, Icon},
    title::PageTitle,
};

/// Says that there is nothing here; programs see the status 404.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <PageTitle text="Page not found · Gatepass" />
        <div class="notice">
            <span class="empty-icon"><Icon glyph=Glyph::Search /></span>
            <h1>"Page not found"</h1>
            <p>"There is nothing at this address. It may have been moved, or mistyped."</p>
            <div class="empty-action"><a class="button" href="/">"Go to the start page"</a></div>
        </div>
    }
    .into_any()
}
