//! What the pages need of the backend: implementations of [`app::ports`].

mod activity;
mod app_credentials;
mod client_documents;
mod client_ends;
mod client_form;
mod client_view;
pub mod clients;
pub mod connected_apps;
pub mod consents;
pub mod oauth_apps;
mod own_access;
pub mod work_items;
pub mod workspace;

use types::failure::Failure;

use domain::error::Error;

/// What a page is told about an internal failure: nothing. The log has it.
pub(crate) fn unavailable(error: impl Into<Error>) -> Failure {
    let error = error.into();
    tracing::error!(%error, "a page request failed inside");
    Failure::Unavailable
}
