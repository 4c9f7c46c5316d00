//! The consent page.

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::context::{answer, backend, signed_in};
use crate::wire::{Failed, JsonPost};
use types::consent::ConsentView;

/// The authorization request with this handle, as the viewer should see it.
#[server(endpoint = "consent", protocol = JsonPost)]
pub async fn consent(
    handle: String,
    product: Option<String>,
    problem: Option<String>,
) -> Result<ConsentView, Failed> {
    let actor = answer(signed_in())?;
    answer(
        domain::flows::consent::view(&backend(), &actor, &handle, product.as_deref(), problem.as_deref())
            .await,
    )
}
