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

/// Longest client ID, in bytes: some are addresses of documents.
pub const CLIENT_ID_MAX: usize = 2_048;

/// Text that looks like an id that this server made.
fn strict(text: String) -> Option<String> {
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (!text.is_empty() && text.len() <= ID_MAX && letters).then_some(text)
}

/// Text as an id. What can be none is the empty one, which names nothing: its sender is told that it is not here.
fn lenient(text: String) -> Option<String> {
    let plain = text.len() <= CLIENT_ID_MAX && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    Some(if plain { text } else { String::new() })
}

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident = $prefix:literal, $max:ident, $read:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        #[cfg_attr(feature = "ssr", derive(schemars::JsonSchema, sea_orm::DeriveValueType))]
        #[cfg_attr(feature = "ssr", schemars(inline, with = "String", extend("maxLength" = $max)))]
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

            fn try_from(text: String) -> Result<Self, NoId> {
                $read(text).map(Self).ok_or(NoId($prefix))
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
    /// An OAuth client: `app_…`, or the address of its document.
    ClientId = "app", CLIENT_ID_MAX, lenient;
    /// A person with an account, `usr_…`.
    UserId = "usr", ID_MAX, lenient;
    /// An organization, `org_…`.
    OrganizationId = "org", ID_MAX, lenient;
    /// A product of an organization, `prd_…`.
    ProductId = "prd", ID_MAX, lenient;
    /// An authorization, `grt_…`.
    GrantId = "grt", ID_MAX, lenient;
    /// An invitation, `inv_…`.
    InvitationId = "inv", ID_MAX, lenient;
    /// A work item, `wrk_…`.
    WorkItemId = "wrk", ID_MAX, strict;
}
