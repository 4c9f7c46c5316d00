//! The REST API under `I/api/v1`: every procedure as a route. Cookies are never read here.

use std::sync::Arc;

use axum::{
    Json, RequestPartsExt, Router,
    body::Body,
    extract::{RawPathParams, Request},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{MethodFilter, any, on},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use types::{paths, procedure::Effect, scope::Resource};

use super::{
    events, json_body,
    origins::Origins,
    require_bearer::{RequireBearer, require_bearer},
};
use crate::web::{
    bearer::{BearerError, refuse},
    media_type,
};
use domain::{
    Domain,
    config::Config,
    oauth::caller::Caller,
    procedures::{JsonObject, Procedure, ProcedureError},
};

/// The routes under `/api`, with everything that stands before them.
pub fn router(domain: Arc<Domain>) -> Router {
    let routes = routes(domain.clone());
    let config = Arc::clone(&domain.config);
    common_layers(
        routes.route_layer(from_fn_with_state(
            RequireBearer { domain, resource: Resource::Api },
            require_bearer,
        )),
        &config,
    )
}

/// The layers before the guard.
pub fn common_layers(routes: Router, config: &Config) -> Router {
    Origins::of(config).common_layers(routes)
}

/// The method that a call of this effect has (RFC 9110 §9.3, RFC 5789).
const fn method(effect: Effect) -> MethodFilter {
    match effect {
        Effect::Read => MethodFilter::GET,
        Effect::Create | Effect::Run => MethodFilter::POST,
        Effect::Update => MethodFilter::PATCH,
        Effect::Delete => MethodFilter::DELETE,
    }
}

/// The routes alone. Whoever serves them says who calls: each request has a [`Caller`] in its extensions. Public for
/// benchmarks, which measure what the guard costs.
pub fn routes(domain: Arc<Domain>) -> Router {
    let routes = domain.procedures.iter().fold(Router::new(), |routes, procedure| {
        let filter = method(procedure.effect);
        let (domain, procedure) = (domain.clone(), Arc::clone(procedure));
        let path = format!("{}{}", paths::API_V1, procedure.path);
        routes.route(&path, on(filter, move |request: Request| answer(domain, procedure, request)))
    });
    routes
        .method_not_allowed_fallback(method_not_allowed)
        .route(paths::API, any(not_found))
        .route(&format!("{}/", paths::API), any(not_found))
        .route(&format!("{}/{{*rest}}", paths::API), any(not_found))
}

async fn answer(domain: Arc<Domain>, procedure: Arc<Procedure>, mut request: Request) -> Response {
    let caller = request
        .extensions_mut()
        .remove::<Caller>()
        .expect("require_bearer puts the caller there or lets nobody in");
    let streams = procedure.streams && events::accepted(request.headers());
    let arguments = match arguments(&domain, &procedure, request).await {
        Ok(arguments) => arguments,
        Err(response) => return response,
    };
    if streams {
        let running = procedure.start(domain.context(), caller, arguments);
        return events::answer(running, move |error| failure(&domain, error)).await;
    }
    match procedure.call(&domain.context(), &caller, arguments).await {
        Ok(answer) => success(&domain, &procedure, &answer),
        Err(error) => failure(&domain, error),
    }
}

/// The input of the procedure: the path's parameters with the query or, where the method has one, the body.
async fn arguments(domain: &Domain, procedure: &Procedure, request: Request) -> Result<JsonObject, Response> {
    let (mut parts, body) = request.into_parts();
    let mut arguments = if matches!(procedure.effect, Effect::Read | Effect::Delete) {
        from_query(procedure, parts.uri.query().unwrap_or_default())
            .map_err(|error| failure(domain, error))?
    } else {
        from_body(&parts.headers, body).await?
    };
    let path = parts.extract::<RawPathParams>().await.map_err(|_| unknown())?;
    for (name, value) in &path {
        if arguments.insert(name.to_owned(), value.into()).is_some() {
            return Err(invalid(Some(name), "stands in the path, and only there"));
        }
    }
    Ok(arguments)
}

/// Query parameters are text; those that the schema wants as integers become integers.
fn from_query(procedure: &Procedure, query: &str) -> Result<JsonObject, ProcedureError> {
    let mut arguments = JsonObject::new();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        let wanted =
            procedure.input_schema.get("properties").and_then(|fields| fields.get(&*name)?.get("type"));
        let number = wanted.filter(|kind| *kind == "integer").and_then(|_| text.parse::<i64>().ok());
        let value = number.map_or_else(|| Value::from(&*text), Value::from);
        if arguments.insert(name.to_string(), value).is_some() {
            let message = "may stand there once".to_owned();
            return Err(ProcedureError::Invalid { field: Some(name.into_owned()), message });
        }
    }
    Ok(arguments)
}

async fn from_body(headers: &HeaderMap, body: Body) -> Result<JsonObject, Response> {
    if !media_type::is(headers, "application/json") {
        let description = "the body must be application/json";
        return Err(json_body::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            description,
        ));
    }
    match serde_json::from_slice(&json_body::read(body).await?) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(_) => Err(invalid(None, "the body must be a JSON object")),
        Err(error) => Err(invalid(None, &format!("the body is no JSON: {error}"))),
    }
}

/// 201 with `Location` for what was created, 204 for what was deleted, 200 otherwise.
fn success(domain: &Domain, procedure: &Procedure, answer: &Value) -> Response {
    match procedure.effect {
        Effect::Create => {
            let id = answer.get("id").and_then(Value::as_str).unwrap_or_default();
            let location = domain.config.url(&format!("{}{}/{id}", paths::API_V1, procedure.path));
            (StatusCode::CREATED, [(header::LOCATION, location)], Json(answer)).into_response()
        }
        Effect::Delete => StatusCode::NO_CONTENT.into_response(),
        Effect::Read | Effect::Update | Effect::Run => Json(answer).into_response(),
    }
}

fn failure(domain: &Domain, error: ProcedureError) -> Response {
    let refused = |error| refuse(&domain.config, Resource::Api, error);
    match error {
        ProcedureError::NotFound(_) => {
            json_body::error(StatusCode::NOT_FOUND, "not_found", &error.to_string())
        }
        ProcedureError::Invalid { field, message } => invalid(field.as_deref(), &message),
        ProcedureError::Refused(refusal) => refused(BearerError::from(refusal)),
        ProcedureError::Internal(error) => refused(BearerError::from(error)),
    }
}

fn invalid(field: Option<&str>, message: &str) -> Response {
    let description = field.map_or_else(|| message.to_owned(), |field| format!("{field}: {message}"));
    let mut body = json!({ "error": "invalid_request", "error_description": description });
    if let Some(field) = field {
        body["field"] = field.into();
    }
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

fn unknown() -> Response {
    json_body::error(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address")
}

async fn not_found() -> Response {
    unknown()
}

async fn method_not_allowed() -> Response {
    let description = "this address does not take this method, see Allow";
    json_body::error(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", description)
}
