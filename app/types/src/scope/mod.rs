//! Scopes: access to a resource (`mcp` or `api`) at a level, as RFC 6749 §3.3 scope tokens.

mod resource;
mod set;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use self::{
    resource::{Resource, ResourceSet},
    set::{ScopeName, ScopeSet},
};

/// The reach of a call. Write and execute imply read, admin implies all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessLevel {
    /// Looks at data.
    Read,
    /// Creates and changes data.
    Write,
    /// Runs agents and workflows.
    Execute,
    /// Deletes data and changes settings.
    Admin,
}

impl AccessLevel {
    /// All levels, mildest first.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Execute, Self::Admin];

    /// The part of a scope after the colon.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Execute => "execute",
            Self::Admin => "admin",
        }
    }

    /// The word that people read: `Read`, `Write`, `Execute` or `Admin`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Execute => "Execute",
            Self::Admin => "Admin",
        }
    }

    /// The levels that come with this one, itself included.
    pub const fn implied(self) -> &'static [Self] {
        match self {
            Self::Read => &[Self::Read],
            Self::Write => &[Self::Read, Self::Write],
            Self::Execute => &[Self::Read, Self::Execute],
            Self::Admin => &Self::ALL,
        }
    }
}

/// One scope, such as `mcp:read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope {
    /// The resource that the scope opens.
    pub resource: Resource,
    /// The level at which it opens it.
    pub level: AccessLevel,
}

impl Scope {
    /// The scope of a resource and a level.
    pub const fn new(resource: Resource, level: AccessLevel) -> Self {
        Self { resource, level }
    }

    /// All eight scopes, MCP first, mildest first.
    pub fn all() -> impl Iterator<Item = Self> {
        Resource::ALL
            .into_iter()
            .flat_map(|resource| AccessLevel::ALL.into_iter().map(move |level| Self { resource, level }))
    }

    /// The name that people read, such as `MCP Read`.
    pub fn label(self) -> String {
        format!("{} {}", self.resource.label(), self.level.label())
    }

    /// One sentence that tells a person what the scope lets an app do.
    pub const fn sentence(self) -> &'static str {
        match (self.resource, self.level) {
            (Resource::Mcp, AccessLevel::Read) => {
                "See your data through MCP tools: work items, contacts and the knowledge base."
            }
            (Resource::Mcp, AccessLevel::Write) => "Create and edit data through MCP tools.",
            (Resource::Mcp, AccessLevel::Execute) => "Run agents and platform actions through MCP.",
            (Resource::Mcp, AccessLevel::Admin) => {
                "Manage advanced settings through MCP: delete data, manage integrations."
            }
            (Resource::Api, AccessLevel::Read) => "See your data through REST endpoints.",
            (Resource::Api, AccessLevel::Write) => "Create and edit data through REST.",
            (Resource::Api, AccessLevel::Execute) => "Run workflows, agents and chat through REST.",
            (Resource::Api, AccessLevel::Admin) => "Delete resources and manage integrations through REST.",
        }
    }

    const fn bit(self) -> u8 {
        1 << (self.resource as u8 * 4 + self.level as u8)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.resource.prefix(), self.level.suffix())
    }
}

/// The text names no scope of this server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope")]
pub struct UnknownScope;

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::all().find(|scope| scope.to_string() == text).ok_or(UnknownScope)
    }
}

impl TryFrom<String> for Scope {
    type Error = UnknownScope;

    fn try_from(text: String) -> Result<Self, UnknownScope> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}
