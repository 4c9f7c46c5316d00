//! The front end's files: embedded in a release build, read from `target/site` otherwise.

use std::collections::HashMap;

use app::context::Assets;
use axum::{
    body::Body,
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// The names of the built files, as the build wrote them down.
#[derive(Deserialize)]
struct Manifest {
    js: String,
    wasm: String,
    css: String,
    areas: HashMap<String, Vec<String>>,
}

/// The names of the front end's files. Without a manifest, those that cargo-leptos makes.
pub fn assets() -> Assets {
    let manifest =
        Site::get("manifest.json").and_then(|file| serde_json::from_slice::<Manifest>(&file.data).ok());
    match manifest {
        Some(Manifest { js, wasm, css, areas }) => Assets { js, wasm, css, areas },
        None => Assets {
            js: "/pkg/gatepass.js".to_owned(),
            wasm: "/pkg/gatepass.wasm".to_owned(),
            css: "/pkg/gatepass.css".to_owned(),
            areas: HashMap::new(),
        },
    }
}

/// `GET /pkg/{file}`: names carry a hash of the content, so they never change.
pub async fn package(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let hashed = file.split('.').count() > 2;
    let cache = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    serve(&format!("pkg/{file}"), cache, &headers)
}

/// `GET /favicon.svg`.
pub async fn favicon(headers: HeaderMap) -> Response {
    serve("favicon.svg", "public, max-age=86400", &headers)
}

/// `GET /robots.txt`.
pub async fn robots(headers: HeaderMap) -> Response {
    serve("robots.txt", "public, max-age=86400", &headers)
}

/// The file in the best encoding that the client takes.
fn serve(name: &str, cache: &'static str, headers: &HeaderMap) -> Response {
    let Some((file, encoding)) = find(name, headers) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    let mut response = Response::new(Body::from(file.data.into_owned()));
    let out = response.headers_mut();
    if let Ok(mime) = HeaderValue::from_str(mime.as_ref()) {
        out.insert(header::CONTENT_TYPE, mime);
    }
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn find(name: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes = |encoding: &str| {
        accepted.split(',').map(str::trim).any(|entry| {
            let (name, quality) = entry.split_once(';').unwrap_or((entry, ""));
            name.trim() == encoding && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    };
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| takes(encoding))
        .find_map(|(encoding, suffix)| Some((Site::get(&format!("{name}.{suffix}"))?, Some(encoding))))
        .or_else(|| Some((Site::get(name)?, None)))
}
