//! The context of a request, as server functions find it.

use std::{collections::HashMap, sync::Arc};

use leptos::{
    prelude::{expect_context, use_context},
    serde_json,
};

use crate::wire::{Failed, failure::show_status};
use domain::{
    Domain,
    actor::{Actor, Visit},
};
use types::{
    failure::Failure,
    form::{Arrival, Refused},
    problem::Problem,
};

/// The names of the built front end, as the page's head links them.
#[derive(Clone, Debug)]
pub struct Assets {
    /// The loader, `/pkg/gatepass.….js`.
    pub js: String,
    /// The application, `/pkg/gatepass.….wasm`.
    pub wasm: String,
    /// The style sheet, `/pkg/gatepass.….css`.
    pub css: String,
    /// The further WASM that the pages of an area need, by the area's name.
    pub areas: HashMap<String, Vec<String>>,
}

/// A sign-in that just failed, shown by the page that the same request renders.
#[derive(Clone, Debug)]
pub struct SignInFailure {
    /// The address that the person typed.
    pub email: String,
    /// The message.
    pub error: String,
}

/// The means that operations work with. The server provides them to every page and server function.
pub fn backend() -> Arc<Domain> {
    expect_context::<Arc<Domain>>()
}

/// The visitor who makes this request.
pub fn visit() -> Visit {
    use_context::<Visit>().unwrap_or_default()
}

/// The signed-in person.
///
/// # Errors
/// [`Failure::SignedOut`] when nobody is.
pub fn signed_in() -> Result<Actor, Failure> {
    visit().actor().ok_or(Failure::SignedOut)
}

/// The signed-in person, who administers the instance.
///
/// # Errors
/// [`Failure::SignedOut`] when nobody is, [`Failure::Forbidden`] when they do not administer it.
pub fn instance_admin() -> Result<Actor, Failure> {
    let actor = signed_in()?;
    actor.viewer.must_administer()?;
    Ok(actor)
}

/// Things that come with the page as a document.
pub fn arrival() -> Arrival {
    let arrival = use_context::<Arrival>().unwrap_or_default();
    let refused = use_context::<Refused>().and_then(|refused| serde_json::to_string(&refused).ok());
    Arrival { refused: refused.unwrap_or_default(), ..arrival }
}

/// The problem that the server wants told instead of a page.
pub fn problem() -> Option<Problem> {
    use_context::<Problem>()
}

/// Gives the response the status of a failure, so that programs see it too.
pub fn answer<T>(result: Result<T, Failure>) -> Result<T, Failed> {
    result.inspect_err(show_status).map_err(Failed)
}
