//! The browser's entry to Gatepass: takes over the page that the server rendered.

/// Attaches the application to the server-rendered document. Called once by the page's loader script.
///
/// # Errors
/// When code that the page needs does not come: the page stays as the server made it.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate() -> Result<(), wasm_bindgen::JsError> {
    console_error_panic_hook::set_once();
    Ok(app::hydrate().await?)
}
