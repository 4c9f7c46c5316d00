//! Addresses that lead on: short ones to their first page, and those that an organization or a product had before.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Domain,
    actor::{Actor, Visit},
    workspaces::{organizations, products},
};
use http::{Method, StatusCode};
use types::paths;

/// `GET /settings`.
pub async fn settings() -> Redirect {
    Redirect::to(paths::PROFILE)
}

/// `GET /admin`.
pub async fn admin() -> Redirect {
    Redirect::to(paths::ADMIN_CLIENTS)
}

/// `GET /o/{org}/settings`.
pub async fn workspace_settings(Path(organization): Path<String>) -> Redirect {
    Redirect::to(&paths::apps(&paths::query_value(&organization)))
}

/// `GET /o/{org}`: the product that the person opened last, if it is one of it; else its first, else its products tab.
pub async fn organization(
    State(domain): State<Arc<Domain>>,
    Extension(visit): Extension<Visit>,
    Path(slug): Path<String>,
) -> Redirect {
    let start = Redirect::to("/");
    let Some(viewer) = visit.viewer else {
        let here = format!("/o/{}", paths::query_value(&slug));
        return Redirect::to(&paths::sign_in_then(&here));
    };
    let Ok(open) = products::memberships_of(domain.db.read(), &viewer.user_id).await else { return start };
    let of_this: Vec<_> = open.iter().filter(|product| product.organization_slug == slug).collect();
    let last = of_this.iter().find(|product| Some(&product.product_id) == viewer.last_product_id.as_ref());
    match last.or(of_this.first()) {
        Some(product) => Redirect::to(&paths::product(&product.organization_slug, &product.product_slug)),
        None => Redirect::to(&paths::products(&paths::query_value(&slug))),
    }
}

/// Leads from a page that is not there to where it is now, for the people who may open it. Asked only then.
pub async fn layer(State(domain): State<Arc<Domain>>, request: Request, next: Next) -> Response {
    let wanted = (request.method() == Method::GET && request.uri().path().starts_with("/o/"))
        .then(|| request.extensions().get::<Visit>().and_then(Visit::actor))
        .flatten()
        .map(|actor| (actor, request.uri().clone()));
    let response = next.run(request).await;
    let Some((actor, uri)) = wanted.filter(|_| response.status() == StatusCode::NOT_FOUND) else {
        return response;
    };
    match moved(&domain, &actor, uri.path()).await {
        Some(path) => {
            let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            Redirect::to(&format!("{path}{query}")).into_response()
        }
        None => response,
    }
}

async fn moved(domain: &Domain, actor: &Actor, path: &str) -> Option<String> {
    match organizations::moved(domain, actor, path).await {
        Ok(path) => path,
        Err(error) => {
            tracing::error!(%error, "it could not be found out where a page is now");
            None
        }
    }
}
