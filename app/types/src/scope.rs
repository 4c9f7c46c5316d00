//! Scopes: access to a resource (`mcp` or `api`) at a level, as RFC 6749 §3.3 scope tokens.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

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
            Self::Mcp => super::paths::MCP,
            Self::Api => super::paths::API,
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

/// A scope that belongs to none of this server's own resources, by its name: a scope token of RFC 6749 §3.3.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeName(Box<str>);

/// Longest name of a scope, in bytes.
const NAME_MAX: usize = 100;

impl FromStr for ScopeName {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let fits = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if text.is_empty() || text.len() > NAME_MAX || !text.bytes().all(fits) {
            return Err(UnknownScope);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for ScopeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of scopes: those of this server's own resources, and others by name. Serialized as the space-separated list of
/// RFC 6749 §3.3.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ScopeSet {
    own: u8,
    /// Sorted, each once.
    named: Vec<ScopeName>,
}

impl ScopeSet {
    /// No scope at all.
    pub const EMPTY: Self = Self::of_own(0);
    /// All eight scopes of this server's own resources.
    pub const ALL: Self = Self::of_own(u8::MAX);

    const fn of_own(own: u8) -> Self {
        Self { own, named: Vec::new() }
    }

    /// Reads a space-separated list that may come from anybody: only scopes of this server's own resources are kept
    /// (`protocol.md` A6, R7).
    pub fn parse_known(text: &str) -> Self {
        text.split(' ').filter_map(|word| word.parse().ok()).collect()
    }

    /// Reads a space-separated list that this server wrote, with the scopes that it knew when it did.
    pub fn parse(text: &str) -> Self {
        let mut set = Self::parse_known(text);
        set.named = text
            .split(' ')
            .filter(|word| word.parse::<Scope>().is_err())
            .filter_map(|word| word.parse().ok())
            .collect();
        set.named.sort();
        set.named.dedup();
        set
    }

    /// The scopes of one resource only.
    pub fn of_resource(&self, resource: Resource) -> Self {
        self.iter().filter(|scope| scope.resource == resource).collect()
    }

    /// The set with everything that its members imply: `mcp:write` brings `mcp:read`.
    #[must_use]
    pub fn expanded(&self) -> Self {
        let implied =
            |scope: Scope| scope.level.implied().iter().map(move |&level| Scope::new(scope.resource, level));
        Self { named: self.named.clone(), ..self.iter().flat_map(implied).collect() }
    }

    /// Says if the scope is in the set. Ask an expanded set.
    pub const fn contains(&self, scope: Scope) -> bool {
        self.own & scope.bit() != 0
    }

    /// Says if every scope of `other` is in this set.
    pub fn contains_all(&self, other: &Self) -> bool {
        self.own & other.own == other.own && other.named.iter().all(|name| self.named.contains(name))
    }

    /// Says if the set has no scope.
    pub fn is_empty(&self) -> bool {
        self.own == 0 && self.named.is_empty()
    }

    /// The scopes in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let named = self.named.iter().filter(|name| other.named.contains(name)).cloned().collect();
        Self { own: self.own & other.own, named }
    }

    /// The scopes in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut named = [self.named.as_slice(), &other.named].concat();
        named.sort();
        named.dedup();
        Self { own: self.own | other.own, named }
    }

    /// The set with the scope added.
    #[must_use]
    pub fn with(self, scope: Scope) -> Self {
        Self { own: self.own | scope.bit(), ..self }
    }

    /// Adds the scope, or takes it away.
    pub fn set(&mut self, scope: Scope, held: bool) {
        self.own = if held { self.own | scope.bit() } else { self.own & !scope.bit() };
    }

    /// The scopes of this server's own resources, MCP first, mildest first.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + use<> {
        let own = self.own;
        Scope::all().filter(move |scope| own & scope.bit() != 0)
    }

    /// The scopes of no resource of this server's own.
    pub fn named(&self) -> &[ScopeName] {
        &self.named
    }

    /// This server's own resources that at least one scope opens.
    pub fn resources(&self) -> impl Iterator<Item = Resource> + use<> {
        let own = self.clone();
        Resource::ALL.into_iter().filter(move |&resource| own.iter().any(|scope| scope.resource == resource))
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        scopes.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.iter().map(|scope| scope.to_string());
        let words: Vec<_> = own.chain(self.named.iter().map(ScopeName::to_string)).collect();
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
        Self::parse(&text)
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
        for own in 0..=u8::MAX {
            let set = ScopeSet::of_own(own);
            assert_eq!(ScopeSet::parse_known(&set.to_string()), set);
        }
    }

    #[test]
    fn scopes_of_other_resources_have_room() {
        let set = ScopeSet::parse("profile crm:read mcp:write openid openid a\"b \\");
        assert_eq!(set.to_string(), "mcp:write crm:read openid profile");
        assert_eq!(ScopeSet::parse(&set.to_string()), set);
        assert_eq!(set.expanded().to_string(), "mcp:read mcp:write crm:read openid profile");
        let fewer = ScopeSet::parse("openid mcp:write");
        assert!(set.contains_all(&fewer) && !fewer.contains_all(&set));
        assert_eq!(set.intersection(&fewer), fewer);
        assert_eq!(fewer.union(&set), set);
        assert_eq!(set.named().len(), 3);
        assert!(!ScopeSet::parse("openid").is_empty());
        assert!("x".repeat(NAME_MAX + 1).parse::<ScopeName>().is_err());
    }
}
