//! Failures on their way from a server function to a page.

use std::ops::Deref;

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use types::failure::Failure;

use super::Json;

/// The answer of a server function in place of what it was asked for: a [`Failure`], as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(transparent)]
#[error(transparent)]
pub struct Failed(pub Failure);

impl Deref for Failed {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl FromServerFnError for Failed {
    type Encoder = Json;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self(Failure::Transport)
    }
}

/// Gives the response of the request that is being answered the status of a failure, so that programs see it too.
#[cfg(feature = "ssr")]
pub(crate) fn show_status(failure: &Failure) {
    if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = http::StatusCode::from_u16(failure.status())
    {
        response.set_status(status);
    }
}
