//! The state that handlers share. Each takes the parts it needs.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use axum::extract::FromRef;
use leptos::config::LeptosOptions;

use crate::web::{known_browsers::KnownBrowsers, pages::Pages};
use domain::{Domain, db::readiness::Readiness, keys::StoredKeys};

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

/// Everything that the server's handlers share: the means of the operations, and what HTTP adds to them.
#[derive(Clone)]
pub struct Shared {
    /// The means that every operation works with.
    pub domain: Arc<Domain>,
    /// The keys that sign access tokens, as the database has them.
    pub stored_keys: Arc<StoredKeys>,
    /// Browsers in which somebody signed in before.
    pub known_browsers: KnownBrowsers,
    /// Says if writes are kept.
    pub readiness: Arc<Readiness>,
    /// The means of rendering a page.
    pub pages: Pages,
    /// The options of Leptos.
    pub leptos: LeptosOptions,
}

impl Deref for Shared {
    type Target = Domain;

    fn deref(&self) -> &Domain {
        &self.domain
    }
}

impl DerefMut for Shared {
    /// Other handles keep what they have.
    fn deref_mut(&mut self) -> &mut Domain {
        Arc::make_mut(&mut self.domain)
    }
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
    domain: Arc<Domain>,
    stored_keys: Arc<StoredKeys>,
    known_browsers: KnownBrowsers,
    readiness: Arc<Readiness>,
    pages: Pages,
    leptos: LeptosOptions,
}
