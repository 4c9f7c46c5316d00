//! Sets of scopes.

use std::{convert::Infallible, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Resource, Scope, UnknownScope};

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

impl FromStr for ScopeSet {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::parse(text))
    }
}

crate::stored_as_text!(ScopeSet);

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
