//! The procedures of a product, as pages call them.

use leptos::{prelude::*, serde_json};

#[cfg(feature = "ssr")]
use crate::context::{answer, backend, signed_in};
use crate::wire::{Failed, JsonPost, read};
use types::{failure::Failure, procedure::Signature};

/// Calls a procedure in the product with these slugs of an organization and of itself.
///
/// # Errors
/// The failure that the procedure names, or [`Failure::Transport`].
pub async fn call<P: Signature>(
    (organization, product): (String, String),
    input: &P::Input,
) -> Result<P::Output, Failed> {
    let transport = || Failed(Failure::Transport);
    let arguments = serde_json::to_string(input).map_err(|_| transport())?;
    let answer = call_procedure(organization, product, P::NAME.to_owned(), arguments).await?;
    read(&answer).map_err(|_| transport())
}

/// Calls a procedure by its name. Arguments and answer are the JSON of its types.
#[server(endpoint = "call_procedure", protocol = JsonPost)]
pub async fn call_procedure(
    organization: String,
    product: String,
    name: String,
    arguments: String,
) -> Result<String, Failed> {
    let actor = answer(signed_in())?;
    let place = (organization.as_str(), product.as_str());
    answer(domain::procedures::page::call(&backend(), &actor, place, &name, &arguments).await)
}
