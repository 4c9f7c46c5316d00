//! Rendering pages on the server.

use std::sync::{Arc, OnceLock};

use app::{App, context::Assets};
use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use domain::{Domain, actor::Visit};
use http::{Method, StatusCode, header, request::Parts};
use leptos::{
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::{AxumRouteListing, ResponseOptions};
use types::{form::Arrival, paths};

use super::{
    cookies::{self, CookieName},
    notice,
    security_headers::page_policy,
};

/// The means of rendering a page.
#[derive(Clone)]
pub struct Pages {
    /// The means that operations work with.
    pub domain: Arc<Domain>,
    /// The names of the front end's files.
    pub assets: Arc<Assets>,
}

impl Pages {
    /// Gives a page or server function its context: the backend, the visitor, and the policy for its nonce.
    pub fn provide(&self) {
        provide_context(Arc::clone(&self.domain));
        let parts = use_context::<Parts>();
        let visit = parts.as_ref().and_then(|parts| parts.extensions.get::<Visit>().cloned());
        let visit = visit.unwrap_or_default();
        provide_context(self.arrival(&visit, parts.as_ref()));
        provide_context(visit);
        if let Some(response) = use_context::<ResponseOptions>() {
            response.insert_header(header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
            if let Some(nonce) = use_nonce() {
                let path = parts.as_ref().map_or("", |parts| parts.uri.path());
                response.insert_header(header::CONTENT_SECURITY_POLICY, page_policy(path, &nonce));
            }
        }
    }

    /// Things that come with a page as a document. The sentence for it is taken from the browser.
    fn arrival(&self, visit: &Visit, parts: Option<&Parts>) -> Arrival {
        let config = &self.domain.config;
        let csrf = visit.viewer.as_ref().map(|viewer| self.domain.form_token(&viewer.user_id));
        let page = parts.filter(|parts| parts.method == Method::GET);
        let notice = page.and_then(|parts| notice::read(&parts.headers, config));
        if notice.is_some()
            && let Some(response) = use_context::<ResponseOptions>()
        {
            response.append_header(header::SET_COOKIE, cookies::remove(config, CookieName::Notice));
        }
        Arrival { csrf: csrf.unwrap_or_default(), notice: notice.unwrap_or_default(), ..Arrival::default() }
    }

    /// The document around the application.
    pub fn shell(&self) -> impl Fn() -> leptos::prelude::AnyView + Clone + Send + Sync + 'static {
        use leptos::prelude::IntoAny;
        let assets = Arc::clone(&self.assets);
        move || app::shell((*assets).clone()).into_any()
    }

    /// Renders the page at `uri` outside its own route, with something more in its context: the answer to a form that
    /// was refused, or a problem.
    pub async fn render<T: Clone + Send + Sync + 'static>(
        &self,
        visit: &Visit,
        status: StatusCode,
        uri: &str,
        more: T,
    ) -> Response {
        // A form's, to whose answer no address leads again.
        let Ok(mut request) = Request::post(uri).body(Body::empty()) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        request.extensions_mut().insert(visit.clone());
        let pages = self.clone();
        let context = move || {
            pages.provide();
            provide_context(more.clone());
        };
        let mut response = leptos_axum::render_app_async_with_context(context, self.shell())(request).await;
        *response.status_mut() = status;
        response
    }

    /// Every route of the application that the server answers with a page, without those that have handlers of their
    /// own. Found once in a process: while Leptos looks for them, no page of the whole process gets its data
    /// (`leptos_server::SuppressResourceLoad` is one flag for all threads), and a page that asks then waits for ever.
    pub fn routes() -> Vec<AxumRouteListing> {
        static ROUTES: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
        let handled =
            [paths::AUTHORIZE, paths::CONSENT_POST, paths::REVOKE_GRANT].map(str::to_owned).to_vec();
        ROUTES.get_or_init(|| leptos_axum::generate_route_list_with_exclusions(App, Some(handled))).clone()
    }
}
