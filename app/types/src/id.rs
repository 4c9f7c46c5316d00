//! Ids: prefixed ULIDs as text, each of its own type, so that one is never taken for another.

use serde::{Deserialize, Serialize};

/// Longer than any id, in bytes.
pub const ID_MAX: usize = 64;

/// The text is no id of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Give an id as it was answered: {0}_…")]
pub struct NoId(&'static str);

/// A kind of id.
pub trait Id {
    /// The letters before the underscore.
    const PREFIX: &'static str;

    /// Takes text that is an id of this kind: a new one, or one that was stored.
    fn of(text: String) -> Self;
}

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        #[cfg_attr(feature = "ssr", derive(schemars::JsonSchema, sea_orm::DeriveValueType))]
        #[cfg_attr(feature = "ssr", schemars(inline, with = "String", extend("maxLength" = ID_MAX)))]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                self
            }
        }

        impl Id for $name {
            const PREFIX: &'static str = $prefix;

            fn of(text: String) -> Self {
                Self(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NoId;

            /// Takes what looks like an id, of whatever kind: one that is not here is not found.
            fn try_from(text: String) -> Result<Self, NoId> {
                let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                if text.is_empty() || text.len() > ID_MAX || !letters {
                    return Err(NoId($prefix));
                }
                Ok(Self(text))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = NoId;

            fn from_str(text: &str) -> Result<Self, NoId> {
                text.to_owned().try_into()
            }
        }

        impl std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        #[cfg(feature = "ssr")]
        impl From<&$name> for sea_orm::Value {
            fn from(id: &$name) -> Self {
                id.as_str().into()
            }
        }

        #[cfg(feature = "ssr")]
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64($prefix))
            }
        }
    )+};
}

ids! {
    /// A person with an account, `usr_…`.
    UserId = "usr";
    /// An organization, `org_…`.
    OrganizationId = "org";
    /// A product of an organization, `prd_…`.
    ProductId = "prd";
    /// An authorization, `grt_…`.
    GrantId = "grt";
    /// A work item, `wrk_…`.
    WorkItemId = "wrk";
}
