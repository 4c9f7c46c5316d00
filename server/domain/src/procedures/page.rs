//! Procedures as pages call them: the same as at the resources, called by a person without an app.

use types::failure::Failure;

use super::ProcedureError;
use crate::{
    Domain,
    accounts::users,
    actor::Actor,
    oauth::{
        access::Refusal,
        caller::{CallActor, Caller},
    },
    workspaces::products::{self, ProductMembership},
};

/// Calls a procedure in a product of the person's. Arguments and answer are the JSON of its types.
///
/// # Errors
/// [`Failure::NotFound`] when there is no such product or procedure, [`Failure::Malformed`] when the arguments are no
/// JSON object, else what the procedure says.
pub async fn call(
    domain: &Domain,
    actor: &Actor,
    (organization, product): (&str, &str),
    name: &str,
    arguments: &str,
) -> Result<String, Failure> {
    let membership = membership(domain, actor, organization, product).await?;
    let procedure = domain.procedures.find(name).ok_or(Failure::NotFound)?;
    let arguments = serde_json::from_str(arguments).map_err(|_| Failure::Malformed)?;
    let answer = procedure.call(&domain.context(), &caller(actor, &membership), arguments).await;
    Ok(answer.map_err(failure)?.to_string())
}

/// The place of the person in a product.
pub(super) async fn membership(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    product: &str,
) -> Result<ProductMembership, Failure> {
    let user_id = &actor.viewer.user_id;
    products::find_membership_by_slugs(domain.db.read(), user_id, organization, product)
        .await?
        .ok_or(Failure::NotFound)
}

/// Remembers the product that a person opens, where it is another than the last. The page is none the worse if it cannot be.
pub(super) async fn remember(domain: &Domain, actor: &Actor, membership: &ProductMembership) {
    let (viewer, product_id) = (&actor.viewer, &membership.product_id);
    if viewer.last_product_id.as_ref() == Some(product_id) {
        return;
    }
    if let Err(error) = users::remember_product(domain.db.write(), &viewer.user_id, product_id).await {
        tracing::warn!(%error, "the product that a person opened could not be remembered");
    }
}

/// The person as a caller, without an app.
pub(super) fn caller(actor: &Actor, membership: &ProductMembership) -> Caller {
    Caller {
        user_id: actor.viewer.user_id.clone(),
        user_name: actor.viewer.name.clone(),
        product: membership.product_ref(),
        role: membership.role,
        actor: CallActor::Page,
    }
}

/// The refusal of a call by a person, who has no app in between.
pub(super) fn forbidden(_: Refusal) -> Failure {
    Failure::Forbidden("Your role in this product does not allow this.".to_owned())
}

fn failure(error: ProcedureError) -> Failure {
    match error {
        ProcedureError::NotFound(_) => Failure::NotFound,
        ProcedureError::Invalid { field, message } => {
            Failure::Invalid { field: field.unwrap_or_default(), message }
        }
        ProcedureError::Refused(refusal) => forbidden(refusal),
        ProcedureError::Internal(error) => error.into(),
    }
}
