//! Scopes of requests (`protocol.md` A6, R7, trap 15).

use types::scope::{AccessLevel, Resource, ResourceSet, Scope, ScopeSet};

/// No scope that this server could grant is left (`invalid_scope`). Programs that only know OpenID Connect learn what to
/// ask for in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no scope of this server was asked for; ask for some of mcp:read mcp:write mcp:execute api:read api:write api:execute"
)]
pub struct NothingGrantable;

/// The scopes in a resource's 401 challenge and in its `scopes_supported`: read, write and execute.
pub fn baseline(resource: Resource) -> ScopeSet {
    [AccessLevel::Read, AccessLevel::Write, AccessLevel::Execute]
        .map(|level| Scope::new(resource, level))
        .into_iter()
        .collect()
}

/// The scopes that an authorization request asks for, expanded, and the resources they are for.
///
/// Without `scope` the client's registered scopes are meant, else the baseline of the named resources (of MCP when
/// none is named). Without `resource` the scopes decide. Scopes of other resources are dropped.
///
/// # Errors
/// [`NothingGrantable`] when nothing is left.
pub fn requested(
    scope: Option<&str>,
    registered: Option<&str>,
    resources: Option<ResourceSet>,
) -> Result<(ScopeSet, ResourceSet), NothingGrantable> {
    let registered = registered.map(ScopeSet::parse_known).filter(|scopes| !scopes.is_empty());
    let asked = match (scope, registered) {
        (Some(scope), _) => ScopeSet::parse_known(scope),
        (None, Some(registered)) => registered,
        (None, None) => {
            let resources = resources.unwrap_or_else(|| std::iter::once(Resource::Mcp).collect());
            resources.iter().map(baseline).fold(ScopeSet::EMPTY, |sum, scopes| sum.union(&scopes))
        }
    };
    let resources = resources.unwrap_or_else(|| asked.resources().collect());
    let scopes = resources.limit(&asked).expanded();
    if scopes.is_empty() { Err(NothingGrantable) } else { Ok((scopes, resources)) }
}

/// The scopes that a client may register as its default: known ones, never admin (`protocol.md` R7).
pub fn registrable(scope: &str) -> ScopeSet {
    ScopeSet::parse_known(scope).iter().filter(|scope| scope.level != AccessLevel::Admin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Option<ResourceSet> {
        text.parse().ok()
    }

    #[test]
    fn a6_scopes_are_expanded_and_unknown_ones_dropped() {
        let (scopes, resources) = requested(Some("mcp:write openid offline_access"), None, None).unwrap();
        assert_eq!(scopes.to_string(), "mcp:read mcp:write");
        assert_eq!(resources.to_string(), "mcp");
        assert_eq!(requested(Some("openid"), None, None), Err(NothingGrantable));
        assert_eq!(requested(Some("api:read"), None, only("mcp")), Err(NothingGrantable));
    }

    #[test]
    fn without_scope_the_registered_ones_or_the_baseline_are_meant() {
        assert_eq!(requested(None, Some("api:read"), None).unwrap().0.to_string(), "api:read");
        assert_eq!(requested(None, Some(""), None).unwrap().0.to_string(), "mcp:read mcp:write mcp:execute");
        assert_eq!(requested(None, None, only("api")).unwrap().0, baseline(Resource::Api));
        assert_eq!(requested(None, None, only("mcp api")).unwrap().1.to_string(), "mcp api");
    }

    #[test]
    fn r7_admin_is_never_registered() {
        assert_eq!(registrable("mcp:read mcp:admin x").to_string(), "mcp:read");
    }
}
