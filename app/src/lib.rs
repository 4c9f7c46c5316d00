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
    form::Refresh,
    load::PageResource,
    navbar::Navbar,
    stale::UnloadedNote,
    toast::{Toaster, Toasts},
};
use routes::Pages;
pub use routes::Unloaded;
use types::form::Arrival;

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

/// Things that came with the page as a document.
fn arrival() -> Arrival {
    #[cfg(feature = "ssr")]
    return context::arrival();
    #[cfg(not(feature = "ssr"))]
    Arrival::default()
}

/// The whole application: the frame, and the page in it.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let Arrival { csrf, notice, refused } = arrival();
    let [csrf, notice, refused] =
        [csrf, notice, refused].map(|text| SharedValue::new_str(|| text).into_inner());
    let toaster = Toaster::provide(notice.clone());
    Refresh::provide();
    provide_context(StoredValue::new(Arrival { csrf, notice, refused }));
    let frame = PageResource::new(String::new, api::current_frame);
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
