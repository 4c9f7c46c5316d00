//! Clients that act by themselves (OAuth 2.1 §4.2), with one grant of their own.

use serde::{Deserialize, Serialize};

use super::scope::ScopeSet;

/// How far a client may act by itself, and where the viewer could let it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnAccess {
    /// Its live grant.
    pub current: Option<OwnGrant>,
    /// Products of which the viewer is an admin.
    pub products: Vec<Place>,
}

/// The grant with which a client acts by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnGrant {
    /// Where.
    pub place: Place,
    /// What it may do, expanded.
    pub scopes: ScopeSet,
    /// Who let it: their name.
    pub by: String,
    /// When, in Unix milliseconds.
    pub authorized_at: i64,
}

/// A product. Of one that is not for the viewer to know, only words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// `prd_…`.
    pub product_id: String,
    /// The product's name.
    pub product: String,
    /// The name of its organization.
    pub organization: String,
    /// Its organization's name in URLs.
    pub organization_slug: String,
}
