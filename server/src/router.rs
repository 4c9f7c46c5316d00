//! Every route and layer, grouped by who calls.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    body::Body,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    middleware::{from_fn, from_fn_with_state},
    response::Response,
    routing::{any, get, post},
};
use domain::actor::Visit;
use http::{HeaderName, Method, StatusCode, Uri, header};
use leptos_axum::LeptosRoutes;
use tower::{ServiceBuilder, ServiceExt};
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{Any, CorsLayer},
    limit::RequestBodyLimitLayer,
    request_id::{PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::TimeoutLayer,
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::Level;
use types::paths;

use crate::{
    api,
    endpoints::{
        authorize, client_logo, consent, discovery, forms, health, introspect, jwks, register, revoke,
        revoke_grant, sign_in, site, token,
    },
    state::AppState,
    web::{
        address, compression, moved, page_limit, pages::Pages, request_id, same_origin, security_headers,
        server_functions, session, spelling, unread_body, unusable_database,
    },
};
use domain::config::Config;

/// The time that a request may take, its body included. Then the answer is 408.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Largest body of a form or a server function, in bytes.
const BODY_MAX: usize = 64 * 1024;
/// Most of a method that the log repeats, in bytes.
const METHOD_MAX: usize = 16;

/// The whole server.
pub fn router(state: AppState) -> Router {
    with_timeout(state, TIMEOUT)
}

/// The whole server; a request may take as long as `timeout`, its body included.
pub fn with_timeout(state: AppState, timeout: Duration) -> Router {
    let config = Arc::clone(&state.config);
    let routes = Router::new()
        .merge(for_clients())
        .merge(for_people(&state))
        .with_state(state.clone())
        .merge(api::mcp::router(Arc::clone(&state.domain)))
        .merge(api::rest::router(Arc::clone(&state.domain)))
        .layer(from_fn_with_state(state.clone(), unusable_database::layer))
        .merge(for_operators().with_state(state));
    // Before a route is chosen.
    Router::new().fallback_service(common_layers(routes, config, timeout).map_request(spelling::mend))
}

/// The layers around every route, the outermost first. They are one to axum, which boxes each layer that it is given and
/// clones what is in the box for every request. Public for benchmarks, which measure the cost of a route without its own
/// layers.
pub fn common_layers(routes: Router, config: Arc<Config>, timeout: Duration) -> Router {
    let everywhere = Arc::clone(&config);
    routes.layer(
        ServiceBuilder::new()
            .map_request(request_id::checked)
            .layer(SetRequestIdLayer::x_request_id(request_id::Ours))
            .layer(
                TraceLayer::new_for_http()
                    .make_span_with(span)
                    .on_response(DefaultOnResponse::new().level(Level::INFO)),
            )
            .layer(PropagateRequestIdLayer::x_request_id())
            .map_response(move |response| security_headers::everywhere(&everywhere, response))
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, timeout))
            .layer(from_fn(unread_body::layer))
            .layer(CatchPanicLayer::new())
            .map_request(move |request| address::found(&config, request)),
    )
}

fn for_operators() -> Router<AppState> {
    Router::new().route("/healthz", get(health::live)).route("/readyz", get(health::ready))
}

/// Programs: discovery and the protocol. Any origin may call; cookies are never read here.
fn for_clients() -> Router<AppState> {
    let documents = Router::new()
        .route(paths::SERVER_METADATA, get(discovery::authorization_server))
        .route(paths::RESOURCE_METADATA, get(discovery::mcp_resource))
        .route(&format!("{}{}", paths::RESOURCE_METADATA, paths::MCP), get(discovery::mcp_resource))
        .route(&format!("{}{}", paths::RESOURCE_METADATA, paths::API), get(discovery::api_resource))
        .route("/.well-known", any(discovery::unknown))
        // Some look for a document behind the resource.
        .route(&format!("{}/.well-known/{{*other}}", paths::MCP), any(discovery::unknown))
        .route(&format!("{}/.well-known/{{*other}}", paths::API), any(discovery::unknown))
        .route("/.well-known/{*other}", any(discovery::unknown))
        .route("/oauth", any(discovery::unknown))
        .route("/oauth/{*other}", any(discovery::unknown))
        .route(paths::JWKS, get(jwks::get));
    let protocol = Router::new()
        .route(paths::TOKEN, post(token::post))
        .route(paths::REVOKE, post(revoke::post))
        .route(paths::INTROSPECT, post(introspect::post))
        .route(paths::REGISTER, post(register::post))
        .layer(ServiceBuilder::new().map_response(security_headers::private::<Body>));
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("mcp-protocol-version"),
        ])
        .expose_headers([header::WWW_AUTHENTICATE, header::RETRY_AFTER]);
    documents.merge(protocol).layer(ServiceBuilder::new().layer(DefaultBodyLimit::max(BODY_MAX)).layer(cors))
}

/// People: pages with their server functions, the way into the authorization flow, and the front end's files.
fn for_people(state: &AppState) -> Router<AppState> {
    let routes = Pages::routes();
    let pages = state.pages.clone();
    let shell = pages.shell();
    Router::new()
        .leptos_routes_with_context(state, routes, move || pages.provide(), shell)
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(session::require_sign_in))
                .layer(from_fn_with_state(state.clone(), moved::layer))
                .layer(from_fn(server_functions::layer)),
        )
        .route("/settings", get(moved::settings))
        .route("/admin", get(moved::admin))
        .route("/o/{org}", get(moved::organization))
        .route("/o/{org}/settings", get(moved::workspace_settings))
        .route(paths::AUTHORIZE, get(authorize::get))
        .route(paths::SIGN_IN, post(sign_in::sign_in))
        .route(paths::SIGN_OUT, post(sign_in::sign_out))
        .route(paths::CONSENT_POST, post(consent::post))
        .route(paths::REVOKE_GRANT, post(revoke_grant::post))
        .route(&paths::form("{name}"), post(forms::post))
        .route(&paths::client_logo("{entry}"), get(client_logo::get))
        .fallback(not_found)
        .layer(
            ServiceBuilder::new()
                .map_request(compression::not_for_secrets)
                .layer(compression::layer())
                .map_response(security_headers::private::<Body>)
                .layer(from_fn_with_state(state.clone(), session::layer))
                .layer(from_fn_with_state(state.clone(), page_limit::layer))
                .layer(from_fn_with_state(Arc::clone(&state.config), same_origin::layer))
                .layer(RequestBodyLimitLayer::new(BODY_MAX)),
        )
        .route("/pkg/{file}", get(site::package))
        .route("/favicon.svg", get(site::favicon))
        .route("/robots.txt", get(site::robots))
}

/// The application's own page for what no route answers.
async fn not_found(State(pages): State<Pages>, Extension(visit): Extension<Visit>, uri: Uri) -> Response {
    pages.render(&visit, StatusCode::NOT_FOUND, uri.path(), ()).await
}

/// The span of a request in the log. Queries and path parameters stay out: they carry codes, states and handles.
fn span(request: &Request) -> tracing::Span {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let path = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str);
    let method = request.method().as_str();
    // Anybody may make up a method.
    tracing::info_span!("request", id, method = method.get(..METHOD_MAX).unwrap_or(method), path)
}
