//! Roles of people in organizations and products.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::scope::{AccessLevel, Resource, Scope, ScopeSet};

/// The text names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown role")]
pub struct UnknownRole;

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

impl OrgRole {
    /// Says if the person sees and changes what belongs to others in the organization.
    pub const fn manages(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }
}

impl fmt::Display for OrgRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        })
    }
}

impl FromStr for OrgRole {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        match text {
            "member" => Ok(Self::Member),
            "admin" => Ok(Self::Admin),
            "owner" => Ok(Self::Owner),
            _ => Err(UnknownRole),
        }
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

impl fmt::Display for ProductRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Operator => "operator",
            Self::Admin => "admin",
        })
    }
}

impl FromStr for ProductRole {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        match text {
            "viewer" => Ok(Self::Viewer),
            "editor" => Ok(Self::Editor),
            "operator" => Ok(Self::Operator),
            "admin" => Ok(Self::Admin),
            _ => Err(UnknownRole),
        }
    }
}

/// The role that counts in a product: owners and admins of the organization are admin in all its products.
pub fn effective_role(org_role: Option<&str>, product_role: Option<&str>) -> Option<ProductRole> {
    match org_role?.parse::<OrgRole>().ok()? {
        OrgRole::Owner | OrgRole::Admin => Some(ProductRole::Admin),
        OrgRole::Member => product_role?.parse().ok(),
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
