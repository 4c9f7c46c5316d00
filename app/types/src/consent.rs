//! Content of the consent page, and the choices on it.

use crate::id::ClientId;
use serde::{Deserialize, Serialize};

use super::{
    id::{OrganizationId, ProductId},
    role::ProductRole,
    scope::{AccessLevel, Scope, ScopeSet},
};

/// The consent page in each of its states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConsentView {
    /// The request is waiting for the person.
    Ask(Box<ConsentPage>),
    /// The person has no product that an app could get access to.
    NoProduct {
        /// The app that asks.
        app: String,
        /// The person who is signed in.
        email: String,
        /// `/consent/{handle}`, for another account.
        handle: String,
    },
    /// The request is unknown, expired, used, or belongs to another browser.
    Gone {
        /// The app that asked, where that is known.
        app: Option<String>,
        /// The end that it came to.
        end: RequestEnd,
        /// The address that `Return to {app}` leads to, when that is safe.
        return_to: Option<String>,
    },
}

/// The end that an authorization request came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestEnd {
    /// Nobody knows: perhaps it was never for this browser.
    Unknown,
    /// Nobody answered it in time.
    Expired,
    /// It was answered.
    Answered,
    /// An administrator blocked the app after it asked.
    Blocked,
    /// Its owner switched the app off after it asked.
    Disabled,
    /// The app became another one to people after it asked.
    Changed,
    /// The person has too many newer ones.
    Superseded,
}

/// An authorization request that waits for the person's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentPage {
    /// The secret name of the request, as in `/consent/{handle}`.
    pub handle: String,
    /// Goes back with the form; bound to session and handle.
    pub csrf: String,
    /// The one who asks.
    pub app: ConsentApp,
    /// The access that it has already, the latest first; a few of them.
    pub earlier: Vec<EarlierAccess>,
    /// Says if the person may have earlier access replaced.
    pub replaceable: bool,
    /// The person who is signed in.
    pub email: String,
    /// Every product that the person could choose; never empty. Sorted by organization, then product.
    pub products: Vec<ProductChoice>,
    /// The product that is chosen when the page opens: an id out of `products`.
    pub product: ProductId,
    /// The scopes that the app asked for, expanded.
    pub requested: ScopeSet,
    /// Says if the app gets a refresh token.
    pub offline: bool,
    /// The address that the answer goes to.
    pub redirect: RedirectTarget,
    /// The reason why the last answer granted nothing.
    pub problem: Option<String>,
}

impl ConsentPage {
    /// The role in the product with this id.
    pub fn role_in(&self, product: &str) -> Option<ProductRole> {
        self.products.iter().find(|choice| *choice.id == *product).map(|choice| choice.role)
    }

    /// The requested scopes that a role can back.
    pub fn grantable(&self, role: ProductRole) -> ScopeSet {
        self.requested.intersection(&role.scopes())
    }

    /// The scopes that are ticked when the page opens: what can be granted, without execute and admin for an
    /// app that nobody vouches for.
    pub fn preselected(&self, role: ProductRole) -> ScopeSet {
        self.grantable(role)
            .iter()
            .filter(|scope| {
                self.app.verified || matches!(scope.level, AccessLevel::Read | AccessLevel::Write)
            })
            .collect()
    }

    /// The reason why a requested scope cannot be ticked with a role; `None` when it can.
    pub fn refusal(role: ProductRole, scope: Scope) -> Option<String> {
        (!role.allows(scope.level)).then(|| format!("Your role here ({role}) does not allow this."))
    }
}

/// Access that the person gave the app before, and that still stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sea_orm::FromQueryResult))]
pub struct EarlierAccess {
    /// The organization's name.
    pub organization: String,
    /// The product's name.
    pub product: String,
    /// The moment when it was given, in Unix milliseconds.
    pub since: i64,
    /// The scopes of the app.
    pub scopes: ScopeSet,
}

/// The app that asks, first what it cannot forge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentApp {
    /// Its client ID.
    pub client_id: ClientId,
    /// The name it gave itself, cleaned and shortened.
    pub name: String,
    /// The website it gave, as a host to show and a URL to open.
    pub website: Option<(String, String)>,
    /// Host and port of the document that describes it and is its client ID.
    pub document_host: Option<String>,
    /// The path of its logo on this server.
    pub logo: Option<String>,
    /// Says if an administrator vouches for it.
    pub verified: bool,
    /// The one who registered it, in words.
    pub registered_by: String,
    /// The moment, in Unix milliseconds.
    pub registered_at: i64,
    /// The moment when it last became another app to people, in Unix milliseconds, if the person gave it access before
    /// that.
    pub changed_at: Option<i64>,
    /// The moment when the document that describes it was fetched, in Unix milliseconds, while it cannot be fetched.
    pub checked_at: Option<i64>,
    /// The moment when the page was made, in Unix milliseconds.
    pub now: i64,
}

/// A product that the person could give the app access to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductChoice {
    /// `prd_…`.
    pub id: ProductId,
    /// Its name.
    pub name: String,
    /// `org_…` of its organization.
    pub organization_id: OrganizationId,
    /// The name of its organization.
    pub organization: String,
    /// Its organization's name in URLs.
    pub organization_slug: String,
    /// The person's role in it.
    pub role: ProductRole,
}

/// The target of the answer to an authorization request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectTarget {
    /// The host, or the scheme for a private-use one.
    pub host: String,
    /// The whole redirect URI.
    pub uri: String,
    /// Says if it is a program on the person's own computer (loopback or private-use scheme).
    pub local: bool,
}
