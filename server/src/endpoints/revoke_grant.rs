//! `Revoke` without the application in the browser: a form, a question, and the form again.

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use domain::{actor::Visit, grants::connected};
use http::{HeaderMap, StatusCode};
use types::{
    apps::AppRow,
    failure::Failure,
    paths::{self, local_path},
    problem::{Problem, Question},
};

use crate::web::{media_type, pages::Pages};
use domain::oauth::params::Params;

/// `POST /grants/revoke`: `grant`, `csrf`, `next`; with `sure=yes` it is done, without it the person is asked. With
/// `all=yes` the other accesses of the same person, app and product end too.
pub async fn post(
    State(pages): State<Pages>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !media_type::is(&headers, "application/x-www-form-urlencoded") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let form = Params::parse(&body);
    let next = local_path(form.first("next").unwrap_or("/")).to_owned();
    let Some(actor) = visit.actor() else {
        return Redirect::to(&paths::sign_in_then(&next)).into_response();
    };
    let csrf = form.first("csrf").unwrap_or_default();
    if !pages.domain.is_form_of(csrf, &actor.viewer.user_id) {
        let detail = "Somebody else was signed in when this page was loaded. Nothing was revoked.";
        return told(&pages, &visit, StatusCode::FORBIDDEN, "This form is not valid any more", detail, next)
            .await;
    }
    let Ok(grant_id) = form.first("grant").unwrap_or_default().parse() else {
        return failed(&pages, &visit, &Failure::NotFound, next).await;
    };
    if form.first("sure") == Some("yes") {
        let alike = form.first("all") == Some("yes");
        return match connected::revoke(&pages.domain, &actor, &grant_id, alike).await {
            Ok(_) => Redirect::to(&next).into_response(),
            Err(failure) => failed(&pages, &visit, &failure, next).await,
        };
    }
    match connected::details(&pages.domain, &actor, &grant_id, 1).await {
        Ok(details) => {
            let row = details.row;
            let fields = [("grant", grant_id.as_str()), ("csrf", csrf), ("next", &next), ("sure", "yes")];
            let problem = Problem {
                title: format!("Revoke {}?", row.app),
                detail: question(&row),
                action: None,
                question: Some(Question {
                    action: paths::REVOKE_GRANT.to_owned(),
                    fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
                    yes: "Revoke".to_owned(),
                    no: "Keep".to_owned(),
                    also: (row.alike > 1)
                        .then(|| (format!("Revoke all {}", row.alike), ("all".to_owned(), "yes".to_owned()))),
                    keep: next,
                    ..Question::default()
                }),
                ..Problem::default()
            };
            pages.render(&visit, StatusCode::OK, paths::REVOKE_GRANT, problem).await
        }
        Err(failure) => failed(&pages, &visit, &failure, next).await,
    }
}

/// The access that stops.
fn question(row: &AppRow) -> String {
    let several = match row.alike {
        0 | 1 => String::new(),
        alike => format!("It holds {alike} accesses here, authorized by the same person. "),
    };
    format!(
        "It loses its access to {}, authorized by {}. {several}Its next call is refused and its tokens stop working. This \
         cannot be undone; the app can ask for access again.",
        row.product, row.authorized_by
    )
}

async fn failed(pages: &Pages, visit: &Visit, failure: &Failure, next: String) -> Response {
    let status = StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    told(pages, visit, status, "Nothing was revoked", &failure.to_string(), next).await
}

async fn told(
    pages: &Pages,
    visit: &Visit,
    status: StatusCode,
    title: &str,
    detail: &str,
    next: String,
) -> Response {
    let problem = Problem {
        title: title.to_owned(),
        detail: detail.to_owned(),
        action: Some(("Go back".to_owned(), next)),
        ..Problem::default()
    };
    pages.render(visit, status, paths::REVOKE_GRANT, problem).await
}
