//! The person's answer to an authorization request.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use types::{failure::Failure, paths, problem::Problem};

use crate::web::{pages::Pages, plain_page, user_agent};
use domain::{
    Domain,
    actor::Visit,
    flows::consent::{self, Refusal},
    oauth::params::Params,
};

/// `POST /oauth/consent`: `handle`, `csrf`, `decision`, `product`, `scope` repeated.
pub async fn post(
    State(domain): State<Arc<Domain>>,
    State(pages): State<Pages>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Params::parse(&body);
    let request_page = paths::consent(&url_safe(form.first("handle").unwrap_or_default()));
    let Some(viewer) = &visit.viewer else {
        return Redirect::to(&paths::sign_in_then(&request_page)).into_response();
    };
    let device = user_agent::device(&headers);
    match consent::answer(&domain, &visit, viewer, &form, &device).await {
        Ok(target) => Redirect::to(&target).into_response(),
        Err(Refusal::Gone) => Redirect::to(&request_page).into_response(),
        Err(Refusal::Choose { product, problem }) => {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("product", &product)
                .append_pair("problem", problem)
                .finish();
            Redirect::to(&format!("{request_page}?{query}")).into_response()
        }
        Err(Refusal::Forged) => {
            let detail = "It was made for another person or changed on its way. Nothing was granted.";
            let action = Some(("Open the request again".to_owned(), request_page));
            refused(&pages, &visit, "This form is not valid here", detail, action).await
        }
        Err(Refusal::NotTheirs) => {
            let detail = "You are not a member of it. Nothing was granted.";
            let action = Some(("Open the request again".to_owned(), request_page));
            refused(&pages, &visit, "You cannot give access to this product", detail, action).await
        }
        Err(Refusal::Client(change)) => {
            let detail = format!("{change} Nothing was granted.");
            refused(&pages, &visit, "This app can no longer be authorized", &detail, None).await
        }
        Err(Refusal::TooMany(too_many)) => {
            let detail = "You answered many requests just now. Nothing was granted. Wait a few minutes, go back and answer again.";
            let mut response = refused(&pages, &visit, "Too many answers", detail, None).await;
            *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            response.headers_mut().insert(header::RETRY_AFTER, too_many.retry_after());
            response
        }
        Err(Refusal::Internal(error)) => {
            tracing::error!(%error, "consent failed inside");
            plain_page::answer(&pages, paths::CONSENT_POST, &Failure::Unavailable)
        }
    }
}

async fn refused(
    pages: &Pages,
    visit: &Visit,
    title: &str,
    detail: &str,
    action: Option<(String, String)>,
) -> Response {
    let problem =
        Problem { title: title.to_owned(), detail: detail.to_owned(), action, ..Problem::default() };
    pages.render(visit, StatusCode::FORBIDDEN, paths::CONSENT_POST, problem).await
}

/// A handle as it may stand in a path: what is no handle of ours becomes one that does not exist.
fn url_safe(handle: &str) -> String {
    let known = handle.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if known && !handle.is_empty() && handle.len() <= 64 { handle.to_owned() } else { "unknown".to_owned() }
}
