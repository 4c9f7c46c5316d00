//! What a client sends is exchanged for tokens (OAuth 2.1 §3.2), one grant type a file.

mod client_credentials;
mod code;
mod issue;
mod refresh;
mod refusal;
mod revoke;

pub use self::{
    issue::TokenResponse,
    refusal::{Refusal, Used},
    revoke::revoke,
};
use crate::{
    Domain,
    clock::Millis,
    oauth::{
        client::Client,
        params::Params,
        resource::{self, UnknownResource},
    },
};
use types::{client::GrantType, scope::ResourceSet};

/// A request of a client that has proved itself.
struct Exchange<'a> {
    domain: &'a Domain,
    client: &'a Client,
    params: &'a Params,
    address: &'a str,
    now: Millis,
}

impl<'a> Exchange<'a> {
    /// A parameter that has to be there.
    fn required(&self, name: &'static str) -> Result<&'a str, Refusal> {
        self.params.one(name)?.ok_or(Refusal::Missing(name))
    }

    /// The resources that the request names, if any.
    fn resources(&self) -> Result<Option<ResourceSet>, UnknownResource> {
        resource::parse_all(&self.domain.config.issuer, self.params.all("resource"))
    }
}

/// Gives `client`, which has proved itself, the tokens that `params` ask for, by the kind of what it sent from
/// `address`.
///
/// # Errors
/// [`Refusal`], with its code of RFC 6749 §5.2 or RFC 8707 §2.
pub async fn exchange(
    domain: &Domain,
    client: &Client,
    params: &Params,
    address: &str,
) -> Result<TokenResponse, Refusal> {
    let exchange = Exchange { domain, client, params, address, now: domain.clock.now() };
    let grant_type = exchange.required("grant_type")?;
    let kind = grant_type.parse::<GrantType>().ok().ok_or(Refusal::UnsupportedGrantType)?;
    // Whether a client may act by itself is said by its grant, not by its registration.
    if kind != GrantType::ClientCredentials && !client.may(kind) {
        return Err(Refusal::Unregistered(kind));
    }
    if !client.is_active() {
        return Err(Refusal::ClientOff);
    }
    match kind {
        GrantType::AuthorizationCode => code::exchange(&exchange).await,
        GrantType::RefreshToken => refresh::exchange(&exchange).await,
        GrantType::ClientCredentials => client_credentials::exchange(&exchange).await,
    }
}
