//! The consent page.

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::context::{answer, services, signed_in, visit};
use crate::wire::{Failed, Wire};
use types::consent::ConsentView;

/// The authorization request with this handle, as the viewer should see it.
#[server(endpoint = "consent", protocol = Wire)]
pub async fn consent(
    handle: String,
    product: Option<String>,
    problem: Option<String>,
) -> Result<ConsentView, Failed> {
    let viewer = answer(signed_in())?;
    answer(services().consents.view(&visit(), &viewer, &handle, product.as_deref(), problem.as_deref()).await)
}
