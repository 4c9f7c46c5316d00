//! The browser's entry to Gatepass: takes over the page that the server rendered.

/// Attaches the application to the server-rendered document. Called once by the page's loader script.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
