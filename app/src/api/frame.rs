//! The frame around pages, the sign-in form, and problems.

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::context::{SignInFailure, answer, backend, problem, signed_in, visit};
use crate::wire::{Failed, JsonPost};
use types::{
    apps::ConnectionDetails,
    person::{Frame, SignInForm},
    problem::Problem,
};

/// The viewer, and the organizations and products they may open.
#[server(endpoint = "frame", protocol = JsonPost)]
pub async fn current_frame() -> Result<Frame, Failed> {
    answer(domain::workspaces::frame(&backend(), visit().actor().as_ref()).await)
}

/// Content of the sign-in page; the fields of a failed attempt come from the request that failed.
#[server(endpoint = "sign_in_page", protocol = JsonPost)]
pub async fn sign_in_page(next: String) -> Result<SignInForm, Failed> {
    let form = answer(domain::flows::sign_in::sign_in_form(&backend(), &next).await)?;
    Ok(match use_context::<SignInFailure>() {
        Some(SignInFailure { email, error }) => SignInForm { email, error: Some(error), ..form },
        None => form,
    })
}

/// The problem that the server wants told on this page.
#[server(endpoint = "problem", protocol = JsonPost)]
pub async fn current_problem() -> Result<Option<Problem>, Failed> {
    Ok(problem())
}

/// The URLs that `Share` shows.
#[server(endpoint = "share", protocol = JsonPost)]
pub async fn share() -> Result<ConnectionDetails, Failed> {
    answer(signed_in().map(|_| domain::workspaces::connection_details(&backend())))
}
