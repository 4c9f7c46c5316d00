//! Roles of people in organizations and products.

use serde::{Deserialize, Serialize};

use crate::words;

use super::scope::{AccessLevel, Resource, Scope, ScopeSet};

/// The role of a person in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrgRole {
    /// Belongs to it; rights come from product roles.
    Member,
    /// Product admin everywhere in it, sees all its grants.
    Admin,
    /// As admin, and owns it.
    Owner,
}

words!(OrgRole {
    Member = "member",
    Admin = "admin",
    Owner = "owner",
});

impl OrgRole {
    /// Says if the person sees and changes what belongs to others in the organization.
    pub const fn manages(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }
}

/// The role of a person in a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProductRole {
    /// Reads.
    Viewer,
    /// Reads and writes.
    Editor,
    /// Reads, writes and executes.
    Operator,
    /// May do everything.
    Admin,
}

words!(ProductRole {
    Viewer = "viewer",
    Editor = "editor",
    Operator = "operator",
    Admin = "admin",
});

impl ProductRole {
    /// Says if the role reaches the level.
    pub const fn allows(self, level: AccessLevel) -> bool {
        match level {
            AccessLevel::Read => true,
            AccessLevel::Write => !matches!(self, Self::Viewer),
            AccessLevel::Execute => matches!(self, Self::Operator | Self::Admin),
            AccessLevel::Admin => matches!(self, Self::Admin),
        }
    }

    /// Every scope that the role can back, at both resources.
    pub fn scopes(self) -> ScopeSet {
        Resource::ALL
            .into_iter()
            .flat_map(|resource| AccessLevel::ALL.into_iter().map(move |level| Scope::new(resource, level)))
            .filter(|scope| self.allows(scope.level))
            .collect()
    }
}

/// The role that counts in a product: owners and admins of the organization are admin in all its products.
pub const fn effective_role(
    org_role: Option<OrgRole>,
    product_role: Option<ProductRole>,
) -> Option<ProductRole> {
    match org_role {
        None => None,
        Some(OrgRole::Owner | OrgRole::Admin) => Some(ProductRole::Admin),
        Some(OrgRole::Member) => product_role,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_reach_exactly_their_levels() {
        assert_eq!(ProductRole::Viewer.scopes().to_string(), "mcp:read api:read");
        assert_eq!(ProductRole::Editor.scopes().to_string(), "mcp:read mcp:write api:read api:write");
        assert_eq!(
            ProductRole::Operator.scopes().to_string(),
            "mcp:read mcp:write mcp:execute api:read api:write api:execute"
        );
        assert_eq!(ProductRole::Admin.scopes(), ScopeSet::ALL);
    }
}
