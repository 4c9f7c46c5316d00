//! Resource indicators (RFC 8707): which door a request means, whatever its spelling.

use app::types::{
    paths,
    scope::{Door, ScopeSet},
};
use serde::{Deserialize, Serialize};
use url::Url;

/// The resources that a grant or token covers: one or both doors, never none once it is granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorSet {
    mcp: bool,
    api: bool,
}

impl DoorSet {
    /// Whether the door is in the set.
    pub const fn contains(self, door: Door) -> bool {
        match door {
            Door::Mcp => self.mcp,
            Door::Api => self.api,
        }
    }

    /// Whether every door of `other` is in this set.
    pub fn contains_all(self, other: Self) -> bool {
        other.iter().all(|door| self.contains(door))
    }

    /// Whether no door is in the set.
    pub const fn is_empty(self) -> bool {
        !self.mcp && !self.api
    }

    /// The doors, MCP first.
    pub fn iter(self) -> impl Iterator<Item = Door> {
        Door::ALL.into_iter().filter(move |&door| self.contains(door))
    }

    /// The scopes that belong to one of the doors.
    pub fn limit(self, scopes: ScopeSet) -> ScopeSet {
        scopes.iter().filter(|scope| self.contains(scope.door)).collect()
    }

    /// The stored form: `mcp`, `api` or `mcp api`.
    pub fn stored(self) -> String {
        self.iter().map(Door::prefix).collect::<Vec<_>>().join(" ")
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Self {
        text.split(' ').filter_map(|word| Door::ALL.into_iter().find(|door| door.prefix() == word)).collect()
    }
}

impl FromIterator<Door> for DoorSet {
    fn from_iter<T: IntoIterator<Item = Door>>(doors: T) -> Self {
        doors.into_iter().fold(Self::default(), |set, door| match door {
            Door::Mcp => Self { mcp: true, ..set },
            Door::Api => Self { api: true, ..set },
        })
    }
}

/// A `resource` that is not one of this server's (`invalid_target`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the resource is none of this server's")]
pub struct UnknownResource;

/// The URL of a door: `I/mcp` or `I/api`.
pub fn url_of(issuer: &str, door: Door) -> String {
    let path = match door {
        Door::Mcp => paths::MCP,
        Door::Api => paths::API,
    };
    format!("{issuer}{path}")
}

/// The door that a `resource` parameter names. Clients spell it as their URL library does, so host case, default
/// port and one trailing slash make no difference; a fragment, a query or another path does.
///
/// # Errors
/// [`UnknownResource`] for everything else.
pub fn door_of(issuer: &str, resource: &str) -> Result<Door, UnknownResource> {
    let asked = Url::parse(resource).map_err(|_| UnknownResource)?;
    if resource.contains('#') || resource.contains('?') || !asked.username().is_empty() {
        return Err(UnknownResource);
    }
    let origin = Url::parse(issuer).map_err(|_| UnknownResource)?.origin();
    let path = asked.path();
    let path = path.strip_suffix('/').unwrap_or(path);
    Door::ALL
        .into_iter()
        .find(|&door| asked.origin() == origin && url_of("", door) == path)
        .ok_or(UnknownResource)
}

/// The doors that repeated `resource` parameters name.
///
/// # Errors
/// [`UnknownResource`] when one of them is none of this server's.
pub fn doors_of<'a>(
    issuer: &str,
    resources: impl Iterator<Item = &'a str>,
) -> Result<Option<DoorSet>, UnknownResource> {
    let doors = resources.map(|resource| door_of(issuer, resource)).collect::<Result<DoorSet, _>>()?;
    Ok((!doors.is_empty()).then_some(doors))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a5_spelling_does_not_matter_but_the_resource_does() {
        let issuer = "https://gate.example";
        for same in ["https://gate.example/mcp", "https://gate.example/mcp/", "HTTPS://GATE.example:443/mcp"]
        {
            assert_eq!(door_of(issuer, same), Ok(Door::Mcp), "{same}");
        }
        assert_eq!(door_of(issuer, "https://gate.example/api"), Ok(Door::Api));
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
            assert_eq!(door_of(issuer, other), Err(UnknownResource), "{other}");
        }
    }

    #[test]
    fn a_set_survives_its_stored_form() {
        for doors in [vec![], vec![Door::Mcp], vec![Door::Api], vec![Door::Mcp, Door::Api]] {
            let set: DoorSet = doors.into_iter().collect();
            assert_eq!(DoorSet::from_stored(&set.stored()), set);
        }
    }
}
