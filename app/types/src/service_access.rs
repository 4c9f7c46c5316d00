//! Clients that act by themselves (OAuth 2.1 §4.2), with one grant of their own.

use crate::id::ProductId;
use serde::{Deserialize, Serialize};

use super::scope::ScopeSet;

/// The access of a client by itself, and the products in which the viewer could give it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccess {
    /// Its live grant.
    pub current: Option<ServiceGrant>,
    /// Products of which the viewer is an admin.
    pub products: Vec<ProductPlace>,
}

/// The grant with which a client acts by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceGrant {
    /// The product.
    pub place: ProductPlace,
    /// Its scopes, expanded.
    pub scopes: ScopeSet,
    /// The name of the person who let it.
    pub by: String,
    /// The moment, in Unix milliseconds.
    pub authorized_at: i64,
}

/// A product. Of one that is not for the viewer to know, only words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sea_orm::FromQueryResult))]
pub struct ProductPlace {
    /// `prd_…`.
    pub product_id: Option<ProductId>,
    /// The product's name.
    pub product: String,
    /// The name of its organization.
    pub organization: String,
    /// Its organization's name in URLs.
    pub organization_slug: String,
}
