//! The pages of Gatepass, and the types that browser and server share.

pub mod api;
mod components;
#[cfg(feature = "ssr")]
pub mod context;
mod pages;
mod routes;
#[cfg(feature = "ssr")]
mod shell;
mod wire;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::Router;

#[cfg(feature = "ssr")]
pub use shell::shell;

use components::{
    load::PageResource,
    navbar::Navbar,
    stale::UnloadedNote,
    toast::{Toaster, Toasts},
};
use routes::Pages;
pub use routes::Unloaded;

/// Takes over the page that the server rendered, once the code of its area is there.
///
/// # Errors
/// [`Unloaded`] when that code does not come: then nothing was touched.
#[cfg(feature = "hydrate")]
pub async fn hydrate() -> Result<(), Unloaded> {
    let path = window().location().pathname().unwrap_or_default();
    // The router asks its routes once, and expects an answer at once.
    if let Some(area) = routes::Area::of(&path) {
        area.load().await?;
    }
    leptos::mount::hydrate_body(App);
    Ok(())
}

/// The whole application: the frame, and the page in it.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let frame = PageResource::new(String::new, api::current_frame);
    let toaster = Toaster::provide();
    view! {
        <Router>
            <a class="skip" href="#main" rel="external">"Skip to content"</a>
            <Navbar frame />
            <UnloadedNote />
            <main id="main" tabindex="-1">
                <Pages frame />
            </main>
            <Toasts toaster />
        </Router>
    }
}
