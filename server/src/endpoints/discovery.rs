//! The documents by which clients find everything: authorization server metadata (RFC 8414) and protected resource
//! metadata (RFC 9728). They publish only what answers today.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde_json::{Value, json};
use types::{
    client::{AuthMethod, GrantType},
    paths,
    scope::{Resource, Scope},
};

use domain::{Domain, config::Config, crypto::client_keys::ALGORITHMS, oauth::scope::baseline};

const CACHE: (header::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=300");
/// The abilities of the server may be others a moment later.
const CHANGES: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-cache");

/// `GET /.well-known/oauth-authorization-server` (RFC 8414 §3).
pub async fn authorization_server(State(domain): State<Arc<Domain>>) -> Response {
    ([CHANGES], Json(server_document(&domain.config, domain.documents.are_advertised()))).into_response()
}

/// `GET /.well-known/oauth-protected-resource/mcp`, and without a path for clients that ask the root (RFC 9728 §3).
pub async fn mcp_resource(State(domain): State<Arc<Domain>>) -> Response {
    ([CACHE], Json(resource_document(&domain.config, Resource::Mcp))).into_response()
}

/// `GET /.well-known/oauth-protected-resource/api`.
pub async fn api_resource(State(domain): State<Arc<Domain>>) -> Response {
    ([CACHE], Json(resource_document(&domain.config, Resource::Api))).into_response()
}

/// Any other well-known document: clients parse what they get, so it must not be a page.
pub async fn unknown() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": "not_found" }))).into_response()
}

fn server_document(config: &Config, client_documents: bool) -> Value {
    let auth_methods: Vec<_> = AuthMethod::ALL.iter().map(|method| method.as_str()).collect();
    let proving_methods: Vec<_> = AuthMethod::ALL
        .iter()
        .filter(|method| method.is_confidential())
        .map(|method| method.as_str())
        .collect();
    let grant_types: Vec<_> = GrantType::ALL.iter().map(|kind| kind.as_str()).collect();
    let resources: Vec<_> = Resource::ALL.iter().map(|&resource| resource.url(&config.issuer)).collect();
    let mut document = json!({
        "issuer": config.issuer,
        "authorization_endpoint": config.url(paths::AUTHORIZE),
        "token_endpoint": config.url(paths::TOKEN),
        "revocation_endpoint": config.url(paths::REVOKE),
        "introspection_endpoint": config.url(paths::INTROSPECT),
        "jwks_uri": config.url(paths::JWKS),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": grant_types,
        "token_endpoint_auth_methods_supported": auth_methods,
        "token_endpoint_auth_signing_alg_values_supported": signing_algorithms(),
        "revocation_endpoint_auth_methods_supported": auth_methods,
        "revocation_endpoint_auth_signing_alg_values_supported": signing_algorithms(),
        "introspection_endpoint_auth_methods_supported": proving_methods,
        "introspection_endpoint_auth_signing_alg_values_supported": signing_algorithms(),
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": Scope::all().map(|scope| scope.to_string()).collect::<Vec<_>>(),
        "authorization_response_iss_parameter_supported": true,
        "protected_resources": resources,
    });
    if client_documents {
        document["client_id_metadata_document_supported"] = json!(true);
    }
    if config.options.dynamic_registration {
        document["registration_endpoint"] = json!(config.url(paths::REGISTER));
    }
    document
}

/// The signatures with which clients may prove themselves.
fn signing_algorithms() -> Vec<String> {
    ALGORITHMS.iter().map(|algorithm| format!("{algorithm:?}")).collect()
}

fn resource_document(config: &Config, resource: Resource) -> Value {
    json!({
        "resource": resource.url(&config.issuer),
        "resource_name": match resource {
            Resource::Mcp => "Gatepass MCP server",
            Resource::Api => "Gatepass REST API",
        },
        "authorization_servers": [config.issuer],
        "scopes_supported": baseline(resource).iter().map(|scope| scope.to_string()).collect::<Vec<_>>(),
        "bearer_methods_supported": ["header"],
    })
}
