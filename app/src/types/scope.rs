//! Scopes: a door (`mcp` or `api`) and an access level, as RFC 6749 §3.3 scope tokens.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What a token opens: the MCP server or the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// `I/mcp`, opened by `mcp:*`.
    Mcp,
    /// `I/api`, opened by `api:*`.
    Api,
}

impl Door {
    /// Both doors, in the order in which pages list them.
    pub const ALL: [Self; 2] = [Self::Mcp, Self::Api];

    /// The part of a scope before the colon.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Mcp => "mcp",
            Self::Api => "api",
        }
    }

    /// The name that people read: `MCP` or `API`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Mcp => "MCP",
            Self::Api => "API",
        }
    }
}

/// How much a call may do. Write and execute imply read, admin implies all.
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
    /// The door that the scope opens.
    pub door: Door,
    /// How far it opens it.
    pub level: AccessLevel,
}

impl Scope {
    /// The scope of a door and a level.
    pub const fn new(door: Door, level: AccessLevel) -> Self {
        Self { door, level }
    }

    /// All eight scopes, MCP first, mildest first.
    pub fn all() -> impl Iterator<Item = Self> {
        Door::ALL
            .into_iter()
            .flat_map(|door| AccessLevel::ALL.into_iter().map(move |level| Self { door, level }))
    }

    /// The name that people read, such as `MCP Read`.
    pub fn label(self) -> String {
        format!("{} {}", self.door.label(), self.level.label())
    }

    /// One sentence that tells a person what the scope lets an app do.
    pub const fn sentence(self) -> &'static str {
        match (self.door, self.level) {
            (Door::Mcp, AccessLevel::Read) => {
                "See your data through MCP tools: work items, contacts and the knowledge base."
            }
            (Door::Mcp, AccessLevel::Write) => "Create and edit data through MCP tools.",
            (Door::Mcp, AccessLevel::Execute) => "Run agents and platform actions through MCP.",
            (Door::Mcp, AccessLevel::Admin) => {
                "Manage advanced settings through MCP: delete data, manage integrations."
            }
            (Door::Api, AccessLevel::Read) => "See your data through REST endpoints.",
            (Door::Api, AccessLevel::Write) => "Create and edit data through REST.",
            (Door::Api, AccessLevel::Execute) => "Run workflows, agents and chat through REST.",
            (Door::Api, AccessLevel::Admin) => "Delete resources and manage integrations through REST.",
        }
    }

    const fn bit(self) -> u8 {
        1 << (self.door as u8 * 4 + self.level as u8)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.door.prefix(), self.level.suffix())
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

/// A set of scopes. Serialized as the space-separated list of RFC 6749 §3.3.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ScopeSet(u8);

impl ScopeSet {
    /// No scope at all.
    pub const EMPTY: Self = Self(0);
    /// All eight scopes.
    pub const ALL: Self = Self(u8::MAX);

    /// Reads a space-separated list; words that name no scope are dropped (`protocol.md` A6, R7).
    pub fn parse_known(text: &str) -> Self {
        text.split(' ').filter_map(|word| word.parse().ok()).collect()
    }

    /// The scopes of one door only.
    pub fn of_door(self, door: Door) -> Self {
        self.iter().filter(|scope| scope.door == door).collect()
    }

    /// The set with everything that its members imply: `mcp:write` brings `mcp:read`.
    pub fn expanded(self) -> Self {
        self.iter()
            .flat_map(|scope| scope.level.implied().iter().map(move |&level| Scope::new(scope.door, level)))
            .collect()
    }

    /// Whether the scope is in the set. Ask an expanded set.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether every scope of `other` is in this set.
    pub const fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the set has no scope.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The scopes in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set with the scope added.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | scope.bit())
    }

    /// The set without the scope.
    #[must_use]
    pub const fn without(self, scope: Scope) -> Self {
        Self(self.0 & !scope.bit())
    }

    /// The scopes, MCP first, mildest first.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::all().filter(move |&scope| self.contains(scope))
    }

    /// The doors that at least one scope opens.
    pub fn doors(self) -> impl Iterator<Item = Door> {
        Door::ALL.into_iter().filter(move |&door| !self.of_door(door).is_empty())
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        scopes.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.iter().map(|scope| scope.to_string()).collect();
        f.write_str(&words.join(" "))
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopeSet({self})")
    }
}

impl From<String> for ScopeSet {
    fn from(text: String) -> Self {
        Self::parse_known(&text)
    }
}

impl From<ScopeSet> for String {
    fn from(set: ScopeSet) -> Self {
        set.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_brings_read_and_admin_brings_all_of_its_door() {
        assert_eq!(ScopeSet::parse_known("mcp:write").expanded().to_string(), "mcp:read mcp:write");
        assert_eq!(
            ScopeSet::parse_known("api:admin").expanded().to_string(),
            "api:read api:write api:execute api:admin"
        );
    }

    #[test]
    fn unknown_words_are_dropped_and_order_is_fixed() {
        let set = ScopeSet::parse_known("openid api:read  mcp:read mcp:READ offline_access");
        assert_eq!(set.to_string(), "mcp:read api:read");
        assert_eq!(ScopeSet::parse_known(""), ScopeSet::EMPTY);
    }

    #[test]
    fn a_set_survives_its_text() {
        for bits in 0..=u8::MAX {
            let set = ScopeSet(bits);
            assert_eq!(ScopeSet::parse_known(&set.to_string()), set);
        }
    }
}
