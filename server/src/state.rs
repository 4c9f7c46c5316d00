//! The state that handlers share. Each takes the parts it needs.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use axum::extract::FromRef;
use leptos::config::LeptosOptions;

use crate::web::{bearer::TokenCache, known_browsers::KnownBrowsers, pages::Pages};
use domain::{
    client_metadata::{documents::MetadataDocuments, jwks_cache::JwksCache},
    clock::Clock,
    config::Config,
    crypto::{jwt::KeyRing, password::PasswordHasher},
    db::Database,
    db::readiness::Readiness,
    jobs::usage::UsageCounter,
    keys::StoredKeys,
    procedures::Registry,
    rate_limit::RateLimits,
    views::LiveGrants,
};

/// A handle to what handlers share. Layers and handlers clone it for every request, so that has to cost nothing.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

impl AppState {
    /// A handle to these.
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl DerefMut for AppState {
    /// Other handles keep what they have.
    fn deref_mut(&mut self) -> &mut Shared {
        Arc::make_mut(&mut self.0)
    }
}

/// Everything that the server's handlers share.
#[derive(Clone)]
pub struct Shared {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Database,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The keys that sign access tokens.
    pub keys: Arc<KeyRing>,
    /// The same, as the database has them.
    pub stored_keys: Arc<StoredKeys>,
    /// Hashes passwords.
    pub passwords: PasswordHasher,
    /// Browsers in which somebody signed in before.
    pub known_browsers: KnownBrowsers,
    /// Counts of how often things were tried.
    pub limits: Arc<RateLimits>,
    /// Tokens whose signature was verified a moment ago.
    pub tokens: TokenCache,
    /// Grants as the last calls found them.
    pub grants: LiveGrants,
    /// Clients whose ID is the address of a document.
    pub documents: MetadataDocuments,
    /// The keys of clients that sign.
    pub client_keys: JwksCache,
    /// Calls that are not written yet.
    pub usage: Arc<UsageCounter>,
    /// Says if writes are kept.
    pub readiness: Arc<Readiness>,
    /// The procedures of the workspace.
    pub procedures: Arc<Registry>,
    /// The means of rendering a page.
    pub pages: Pages,
    /// The options of Leptos.
    pub leptos: LeptosOptions,
}

macro_rules! parts {
    ($($field:ident: $part:ty),+ $(,)?) => {$(
        impl FromRef<AppState> for $part {
            fn from_ref(state: &AppState) -> Self {
                state.$field.clone()
            }
        }
    )+};
}

parts! {
    config: Arc<Config>,
    db: Database,
    clock: Arc<dyn Clock>,
    keys: Arc<KeyRing>,
    stored_keys: Arc<StoredKeys>,
    limits: Arc<RateLimits>,
    documents: MetadataDocuments,
    client_keys: JwksCache,
    usage: Arc<UsageCounter>,
    readiness: Arc<Readiness>,
    pages: Pages,
    leptos: LeptosOptions,
}
