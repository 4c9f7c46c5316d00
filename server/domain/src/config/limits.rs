//! Limits on what strangers and single people make this server do, write and keep. None of them may be nothing, or
//! nobody could do anything.

use clap::{Args, value_parser};

use super::Limit;

/// The settings about it.
#[derive(Args, Clone, Debug)]
#[command(
    next_help_heading = "Limits, like 120/1m for 120 times in a minute; a number alone keeps the default's window"
)]
pub struct Limits {
    /// Documents that a person or an address may make this server fetch, and as many keys
    #[arg(long, default_value = "20/10m")]
    pub client_document_limit: Limit,
    /// Documents with logos, and as many keys, that this server fetches from one host
    #[arg(long, default_value = "300/10m")]
    pub outbound_host_limit: Limit,
    /// Registrations that one address may make
    #[arg(long, default_value = "20/1h")]
    pub register_limit: Limit,
    /// Registrations that all addresses together may make
    #[arg(long, default_value = "2000/1h")]
    pub register_all_limit: Limit,
    /// Clients that came by themselves and were never used, at most
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u32).range(1..))]
    pub unused_clients_max: u32,
    /// Wrong passwords that an address may send for an account
    #[arg(long, default_value = "10/15m")]
    pub sign_in_account_limit: Limit,
    /// Wrong passwords that an address may send
    #[arg(long, default_value = "50/15m")]
    pub sign_in_address_limit: Limit,
    /// Sign-ins of a person, with the right password
    #[arg(long, default_value = "30/10m")]
    pub sign_in_person_limit: Limit,
    /// Wrong client secrets that an address may send for a client
    #[arg(long, default_value = "10/10m")]
    pub client_secret_limit: Limit,
    /// Authorization requests that an address may make for a client; unknown clients count as one
    #[arg(long, default_value = "120/1m")]
    pub authorize_limit: Limit,
    /// Authorization requests that an address may make, over all clients; of people who are not signed in
    #[arg(long, default_value = "300/1m")]
    pub authorize_address_limit: Limit,
    /// Authorization requests that a person may make who is signed in
    #[arg(long, default_value = "120/1m")]
    pub authorize_person_limit: Limit,
    /// Authorization requests of people who are not signed in that wait for an answer, at most
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u32).range(1..))]
    pub waiting_requests_max: u32,
    /// Most that those requests hold together, in bytes
    #[arg(long, default_value_t = 64 * 1024 * 1024, value_parser = value_parser!(u32).range(1..))]
    pub waiting_requests_max_bytes: u32,
    /// Authorization requests that a person may answer
    #[arg(long, default_value = "60/10m")]
    pub consent_limit: Limit,
    /// Token and revocation requests of a client from an address; unknown clients count as one
    #[arg(long, default_value = "600/1m")]
    pub token_limit: Limit,
    /// Access tokens that a client may get, from all addresses
    #[arg(long, default_value = "12000/1m")]
    pub token_client_limit: Limit,
    /// Refreshes of a grant
    #[arg(long, default_value = "60/1m")]
    pub refresh_limit: Limit,
    /// Signed assertions that a client may prove itself with, from all addresses
    #[arg(long, default_value = "1200/1m")]
    pub assertion_client_limit: Limit,
    /// Signed assertions that an address may send, of all clients
    #[arg(long, default_value = "3000/1m")]
    pub assertion_address_limit: Limit,
    /// Signed assertions that all clients together may send
    #[arg(long, default_value = "30000/1m")]
    pub assertion_all_limit: Limit,
    /// Introspection requests of a client from an address
    #[arg(long, default_value = "6000/1m")]
    pub introspect_limit: Limit,
    /// Calls that a grant may make, MCP and REST together
    #[arg(long, default_value = "1200/1m")]
    pub call_limit: Limit,
    /// Accounts that an address may make, and mails that it may ask for
    #[arg(long, default_value = "20/1h")]
    pub account_limit: Limit,
    /// Mails that are sent to one address
    #[arg(long, default_value = "5/1h")]
    pub mail_limit: Limit,
    /// Changes that a person may make to their apps and their workspace, registering included
    #[arg(long, default_value = "300/1h")]
    pub change_limit: Limit,
    /// Pages and actions on them, of a person, or of an address where nobody is signed in
    #[arg(long, default_value = "1200/1m")]
    pub page_limit: Limit,
}
