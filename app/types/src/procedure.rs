//! Procedures as their callers see them: a name, arguments, an answer. What they do is the domain's.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A procedure that callers know by its types.
pub trait Signature: 'static {
    /// Its name, unique in the registry: `snake_case`, verb first.
    const NAME: &'static str;
    /// The arguments: an object without further properties.
    type Input: Serialize + DeserializeOwned + Send;
    /// The answer: an object, since MCP allows nothing else as structured content in every version.
    type Output: Serialize + DeserializeOwned + Send;
}

/// The effect of a call on data. REST's method and status, and MCP's annotations follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// None.
    Read,
    /// There is more of it.
    Create,
    /// Something is overwritten.
    Update,
    /// Something is gone.
    Delete,
    /// Whatever it is made of does.
    Run,
}

/// Most things in one answer of a list.
pub const LIST_MAX: u16 = 200;
/// Things in one answer when nothing is asked.
const LIST_DEFAULT: u16 = 50;

/// Number of things to list at most, 1 to [`LIST_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64")]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ssr", schemars(inline, with = "u16", extend("minimum" = 1, "maximum" = LIST_MAX)))]
pub struct Limit(u16);

impl Limit {
    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(LIST_DEFAULT)
    }
}

impl TryFrom<u64> for Limit {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        u16::try_from(number)
            .ok()
            .filter(|limit| (1..=LIST_MAX).contains(limit))
            .map(Self)
            .ok_or_else(|| format!("Ask for 1 to {LIST_MAX}."))
    }
}
