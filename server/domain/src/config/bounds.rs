//! Bounds on everything that strangers and single people make this server write and keep.

use clap::Args;

use super::Limit;
use crate::{
    clock::{HOUR, MINUTE, Millis},
    error::{Error, Result},
};

/// The settings about it, as they are given.
#[derive(Args, Clone, Debug)]
pub struct BoundOptions {
    /// Registrations that all addresses together may make in an hour
    #[arg(long, env = "GATEPASS_REGISTER_ALL_LIMIT", default_value_t = 2_000)]
    pub register_all_limit: u32,
    /// Clients that came by themselves and were never used, at most
    #[arg(long, env = "GATEPASS_UNUSED_CLIENTS_MAX", default_value_t = 10_000)]
    pub unused_clients_max: u32,
    /// Authorization requests that an address may make in a minute, over all clients; of people who are not signed in
    #[arg(long, env = "GATEPASS_AUTHORIZE_ADDRESS_LIMIT", default_value_t = 300)]
    pub authorize_address_limit: u32,
    /// Authorization requests that a person may make in a minute who is signed in
    #[arg(long, env = "GATEPASS_AUTHORIZE_PERSON_LIMIT", default_value_t = 120)]
    pub authorize_person_limit: u32,
    /// Authorization requests of people who are not signed in that wait for an answer, at most
    #[arg(long, env = "GATEPASS_WAITING_REQUESTS_MAX", default_value_t = 10_000)]
    pub waiting_requests_max: u32,
    /// Most that those requests hold together, in bytes
    #[arg(long, env = "GATEPASS_WAITING_REQUESTS_MAX_BYTES", default_value_t = 64 * 1024 * 1024)]
    pub waiting_requests_max_bytes: u32,
    /// Signed assertions that a client may prove itself with in a minute, from all addresses
    #[arg(long, env = "GATEPASS_ASSERTION_CLIENT_LIMIT", default_value_t = 1_200)]
    pub assertion_client_limit: u32,
    /// Signed assertions that an address may send in a minute, of all clients
    #[arg(long, env = "GATEPASS_ASSERTION_ADDRESS_LIMIT", default_value_t = 3_000)]
    pub assertion_address_limit: u32,
    /// Signed assertions that all clients together may send in a minute
    #[arg(long, env = "GATEPASS_ASSERTION_ALL_LIMIT", default_value_t = 30_000)]
    pub assertion_all_limit: u32,
    /// Access tokens that a client may get in a minute, from all addresses
    #[arg(long, env = "GATEPASS_TOKEN_CLIENT_LIMIT", default_value_t = 12_000)]
    pub token_client_limit: u32,
    /// Refreshes of a grant in a minute
    #[arg(long, env = "GATEPASS_REFRESH_LIMIT", default_value_t = 60)]
    pub refresh_limit: u32,
    /// Sign-ins of a person in 10 minutes, with the right password
    #[arg(long, env = "GATEPASS_SIGN_IN_PERSON_LIMIT", default_value_t = 30)]
    pub sign_in_person_limit: u32,
    /// Authorization requests that a person may answer in 10 minutes
    #[arg(long, env = "GATEPASS_CONSENT_LIMIT", default_value_t = 60)]
    pub consent_limit: u32,
    /// Changes that a person may make to their apps in an hour, registering included
    #[arg(long, env = "GATEPASS_CHANGE_LIMIT", default_value_t = 300)]
    pub change_limit: u32,
    /// Pages and actions on them, of a person in a minute, or of an address where nobody is signed in
    #[arg(long, env = "GATEPASS_PAGE_LIMIT", default_value_t = 1_200)]
    pub page_limit: u32,
}

/// The same, checked.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Registrations, over all.
    pub register_all: Limit,
    /// Clients that came by themselves and were never used.
    pub unused_clients: u32,
    /// Authorization requests of an address.
    pub authorize_address: Limit,
    /// Authorization requests of a person.
    pub authorize_person: Limit,
    /// Authorization requests of strangers that wait.
    pub waiting_requests: u32,
    /// Their bytes.
    pub waiting_bytes: u32,
    /// Assertions of a client.
    pub assertion_client: Limit,
    /// Assertions of an address.
    pub assertion_address: Limit,
    /// Assertions, over all.
    pub assertion_all: Limit,
    /// Access tokens of a client.
    pub token_client: Limit,
    /// Refreshes of a grant.
    pub refresh: Limit,
    /// Sign-ins of a person.
    pub sign_in_person: Limit,
    /// Answers of a person.
    pub consent: Limit,
    /// Changes of a person.
    pub change: Limit,
    /// Page requests of a person or an address.
    pub page: Limit,
}

impl Bounds {
    /// Checks the settings: none of them may be nothing, or nobody could do anything.
    pub(super) fn check(options: &BoundOptions) -> Result<Self> {
        let some = |flag: &str, number: u32| match number {
            0 => Err(Error::Setup(format!("{flag} 0 must be at least 1"))),
            _ => Ok(number),
        };
        let limit =
            |flag: &str, times: u32, within: Millis| some(flag, times).map(|times| Limit { times, within });
        Ok(Self {
            register_all: limit("--register-all-limit", options.register_all_limit, HOUR)?,
            unused_clients: some("--unused-clients-max", options.unused_clients_max)?,
            authorize_address: limit("--authorize-address-limit", options.authorize_address_limit, MINUTE)?,
            authorize_person: limit("--authorize-person-limit", options.authorize_person_limit, MINUTE)?,
            waiting_requests: some("--waiting-requests-max", options.waiting_requests_max)?,
            waiting_bytes: some("--waiting-requests-max-bytes", options.waiting_requests_max_bytes)?,
            assertion_client: limit("--assertion-client-limit", options.assertion_client_limit, MINUTE)?,
            assertion_address: limit("--assertion-address-limit", options.assertion_address_limit, MINUTE)?,
            assertion_all: limit("--assertion-all-limit", options.assertion_all_limit, MINUTE)?,
            token_client: limit("--token-client-limit", options.token_client_limit, MINUTE)?,
            refresh: limit("--refresh-limit", options.refresh_limit, MINUTE)?,
            sign_in_person: limit("--sign-in-person-limit", options.sign_in_person_limit, 10 * MINUTE)?,
            consent: limit("--consent-limit", options.consent_limit, 10 * MINUTE)?,
            change: limit("--change-limit", options.change_limit, HOUR)?,
            page: limit("--page-limit", options.page_limit, MINUTE)?,
        })
    }
}
