//! The resources of this server.

use std::{convert::Infallible, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::ScopeSet;

/// A resource that tokens open: the MCP server or the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resource {
    /// `I/mcp`, opened by `mcp:*`.
    Mcp,
    /// `I/api`, opened by `api:*`.
    Api,
}

impl Resource {
    /// Both resources, in the order in which pages list them.
    pub const ALL: [Self; 2] = [Self::Mcp, Self::Api];

    /// The part of a scope before the colon.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Mcp => "mcp",
            Self::Api => "api",
        }
    }

    /// Its address (RFC 8707): `I/mcp` or `I/api`; its path where the issuer is empty.
    pub fn url(self, issuer: &str) -> String {
        let path = match self {
            Self::Mcp => crate::paths::MCP,
            Self::Api => crate::paths::API,
        };
        format!("{issuer}{path}")
    }

    /// The name that people read: `MCP` or `API`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Mcp => "MCP",
            Self::Api => "API",
        }
    }
}

/// The resources that a grant or token covers: one or both; none where an app only signs people in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceSet {
    mcp: bool,
    api: bool,
}

impl ResourceSet {
    /// Says if the resource is in the set.
    pub const fn contains(self, resource: Resource) -> bool {
        match resource {
            Resource::Mcp => self.mcp,
            Resource::Api => self.api,
        }
    }

    /// Says if every resource of `other` is in this set.
    pub fn contains_all(self, other: Self) -> bool {
        other.iter().all(|resource| self.contains(resource))
    }

    /// Says if no resource is in the set.
    pub const fn is_empty(self) -> bool {
        !self.mcp && !self.api
    }

    /// The resources, MCP first.
    pub fn iter(self) -> impl Iterator<Item = Resource> {
        Resource::ALL.into_iter().filter(move |&resource| self.contains(resource))
    }

    /// The scopes that belong to one of the resources.
    pub fn limit(self, scopes: &ScopeSet) -> ScopeSet {
        scopes.iter().filter(|scope| self.contains(scope.resource)).collect()
    }
}

impl fmt::Display for ResourceSet {
    /// Writes `mcp`, `api` or `mcp api`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.iter().map(Resource::prefix).collect::<Vec<_>>().join(" "))
    }
}

impl FromStr for ResourceSet {
    type Err = Infallible;

    /// Reads what `Display` writes.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let named = |word: &str| Resource::ALL.into_iter().find(|resource| resource.prefix() == word);
        Ok(text.split(' ').filter_map(named).collect())
    }
}

crate::stored_as_text!(ResourceSet);

impl FromIterator<Resource> for ResourceSet {
    fn from_iter<T: IntoIterator<Item = Resource>>(resources: T) -> Self {
        resources.into_iter().fold(Self::default(), |set, resource| match resource {
            Resource::Mcp => Self { mcp: true, ..set },
            Resource::Api => Self { api: true, ..set },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_survives_its_stored_form() {
        for resources in
            [vec![], vec![Resource::Mcp], vec![Resource::Api], vec![Resource::Mcp, Resource::Api]]
        {
            let set: ResourceSet = resources.into_iter().collect();
            assert_eq!(set.to_string().parse(), Ok(set));
        }
    }
}
