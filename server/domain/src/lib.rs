//! What Gatepass does, without HTTP and without pages: clients, grants, tokens and data, and the rules about them.
#![recursion_limit = "256"]

pub mod accounts;
pub mod actor;
pub mod audit;
pub mod authorization_requests;
pub mod client_metadata;
pub mod clients;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod db;
pub mod demo;
pub mod error;
pub mod fetch;
pub mod flows;
pub mod grants;
pub mod jobs;
pub mod keys;
pub mod mail;
pub mod oauth;
pub mod procedures;
pub mod rate_limit;
pub mod views;
pub mod workspaces;

use std::sync::Arc;

use self::{
    client_metadata::{documents::MetadataDocuments, jwks_cache::JwksCache},
    clients::known::KnownClients,
    clock::Clock,
    config::Config,
    crypto::{jwt::KeyRing, mac::MacKey, password::PasswordHasher},
    db::Database,
    flows::bearer::TokenCache,
    jobs::usage::UsageCounter,
    mail::Mailer,
    procedures::{Context, Progress, Registry},
    rate_limit::RateLimits,
    views::LiveGrants,
};
use types::id::UserId;

/// The means that every operation works with.
#[derive(Clone)]
pub struct Domain {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Database,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The keys that sign access tokens.
    pub keys: Arc<KeyRing>,
    /// Hashes passwords.
    pub passwords: PasswordHasher,
    /// Ties forms to the people on whose pages they stand.
    pub forms: MacKey,
    /// Sends mail.
    pub mail: Mailer,
    /// Counts of how often things were tried.
    pub limits: Arc<RateLimits>,
    /// Clients whose ID is the address of a document.
    pub documents: MetadataDocuments,
    /// The keys of clients that sign.
    pub client_keys: JwksCache,
    /// Tokens whose signature was verified a moment ago.
    pub tokens: TokenCache,
    /// Grants as they were found a moment ago.
    pub grants: LiveGrants,
    /// Clients as they proved themselves a moment ago.
    pub clients: KnownClients,
    /// Calls that are not written yet.
    pub usage: Arc<UsageCounter>,
    /// The procedures of the workspace.
    pub procedures: Arc<Registry>,
}

impl Domain {
    /// The text that ties the forms of pages to a person, whatever their session: signing in again voids none.
    pub fn form_token(&self, user_id: &UserId) -> String {
        self.forms.masked_mark(user_id)
    }

    /// Says if a form that came with this text was made for this person.
    pub fn is_form_of(&self, token: &str, user_id: &UserId) -> bool {
        self.forms.is_masked_mark(token, user_id)
    }

    /// The means that procedures work with.
    pub fn context(&self) -> Context {
        Context { db: self.db.clone(), clock: Arc::clone(&self.clock), progress: Progress::default() }
    }
}
