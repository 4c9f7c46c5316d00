//! Paths that programs are meant to ask for, however they are misspelled (`protocol.md` N2).

use axum::extract::Request;
use http::{Uri, uri::PathAndQuery};

/// The first part of every path that is for programs.
const FOR_PROGRAMS: [&str; 4] = ["mcp", "api", "oauth", ".well-known"];

/// Takes double slashes and a slash at the end out of a path that is for programs.
pub fn mend(mut request: Request) -> Request {
    if let Some(uri) = mended(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn mended(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if !path.contains("//") && !path.ends_with('/') {
        return None;
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if !parts.first().is_some_and(|first| FOR_PROGRAMS.contains(first)) {
        return None;
    }
    let path = format!("/{}", parts.join("/"));
    let target = uri.query().map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n2_only_what_programs_ask_for_is_mended() {
        for (asked, meant) in [
            ("/mcp/", Some("/mcp")),
            ("//mcp", Some("/mcp")),
            ("/mcp//?a=//", Some("/mcp?a=//")),
            ("/api//v1/work-items/", Some("/api/v1/work-items")),
            ("/oauth/token/", Some("/oauth/token")),
            ("/.well-known//oauth-authorization-server", Some("/.well-known/oauth-authorization-server")),
            ("/mcp", None),
            ("/", None),
            ("//evil.example/mcp", None),
            ("/o/acme/support/", None),
            ("/mcpx/", None),
        ] {
            let mended = mended(&asked.parse().unwrap()).map(|uri| uri.to_string());
            assert_eq!(mended.as_deref(), meant, "{asked}");
        }
    }
}
