//! Resource indicators (RFC 8707): which resource a request means, whatever its spelling.

use types::scope::{Resource, ResourceSet};
use url::Url;

/// A `resource` that is not one of this server's (`invalid_target`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the resource is none of this server's")]
pub struct UnknownResource;

/// The resource that a `resource` parameter names. Clients spell it as their URL library does, so host case, default
/// port and one trailing slash make no difference; a fragment, a query or another path does.
///
/// # Errors
/// [`UnknownResource`] for everything else.
pub fn parse(issuer: &str, resource: &str) -> Result<Resource, UnknownResource> {
    let asked = Url::parse(resource).map_err(|_| UnknownResource)?;
    if resource.contains('#') || resource.contains('?') || !asked.username().is_empty() {
        return Err(UnknownResource);
    }
    let origin = Url::parse(issuer).map_err(|_| UnknownResource)?.origin();
    let path = asked.path();
    let path = path.strip_suffix('/').unwrap_or(path);
    Resource::ALL
        .into_iter()
        .find(|&resource| asked.origin() == origin && resource.url("") == path)
        .ok_or(UnknownResource)
}

/// The resources that repeated `resource` parameters name.
///
/// # Errors
/// [`UnknownResource`] when one of them is none of this server's.
pub fn parse_all<'a>(
    issuer: &str,
    resources: impl Iterator<Item = &'a str>,
) -> Result<Option<ResourceSet>, UnknownResource> {
    let resources = resources.map(|resource| parse(issuer, resource)).collect::<Result<ResourceSet, _>>()?;
    Ok((!resources.is_empty()).then_some(resources))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a5_spelling_does_not_matter_but_the_resource_does() {
        let issuer = "https://gate.example";
        for same in ["https://gate.example/mcp", "https://gate.example/mcp/", "HTTPS://GATE.example:443/mcp"]
        {
            assert_eq!(parse(issuer, same), Ok(Resource::Mcp), "{same}");
        }
        assert_eq!(parse(issuer, "https://gate.example/api"), Ok(Resource::Api));
        for other in [
            "https://gate.example",
            "https://gate.example/",
            "https://gate.example/mcp#x",
            "https://gate.example/mcp?x",
            "https://gate.example/mcp//",
            "https://gate.example/MCP",
            "https://gate.example:8443/mcp",
            "http://gate.example/mcp",
            "https://user@gate.example/mcp",
            "/mcp",
            "mcp",
            "",
        ] {
            assert_eq!(parse(issuer, other), Err(UnknownResource), "{other}");
        }
    }
}
