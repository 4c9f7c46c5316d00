//! Clients as they proved themselves a moment ago.

use std::sync::Arc;

use crate::{
    clients,
    clock::Millis,
    crypto::secret::HashedSecret,
    db::{Database, remembered::Remembered},
    error::Result,
    oauth::client::{Client, KeySource},
};

/// Most bytes of clients that are remembered, about.
const SIZE: u64 = 8 * 1024 * 1024;

/// Clients by their ID, and by the secret that was presented.
#[derive(Clone)]
pub struct KnownClients {
    by_id: Remembered<Arc<Client>>,
    by_secret: Remembered<(Arc<Client>, String)>,
}

impl Default for KnownClients {
    fn default() -> Self {
        Self {
            by_id: Remembered::new(SIZE, |client| size(client)),
            by_secret: Remembered::new(SIZE, |(client, _)| size(client)),
        }
    }
}

impl KnownClients {
    /// The client with this ID. `moment` is the monotonic clock's.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn get(&self, db: &Database, id: &str, moment: Millis) -> Result<Option<Arc<Client>>> {
        let look_up = async { Ok(clients::lookup(db.read(), id).await?.map(Arc::new)) };
        self.by_id.get((db, moment), id, look_up).await
    }

    /// The client with this ID, and the id of its live secret that was presented, if it is one. Those with a wrong one are
    /// not remembered: anybody may try. `moment` is the monotonic clock's.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn with_secret(
        &self,
        db: &Database,
        id: &str,
        presented: &HashedSecret,
        moment: Millis,
    ) -> Result<Option<(Arc<Client>, Option<String>)>> {
        let mut unproven = None;
        let look_up = async {
            Ok(match clients::lookup_with_secret(db.read(), id, presented).await? {
                Some((client, Some(secret_id))) => Some((Arc::new(client), secret_id)),
                other => {
                    unproven = other.map(|(client, _)| Arc::new(client));
                    None
                }
            })
        };
        // A hash has no spaces.
        let key = format!("{} {id}", presented.as_str());
        let proven = self.by_secret.get((db, moment), &key, look_up).await?;
        let proven = proven.map(|(client, secret_id)| (client, Some(secret_id)));
        Ok(proven.or(unproven.map(|client| (client, None))))
    }
}

/// The bytes of a client, about.
fn size(client: &Client) -> u32 {
    let keys = match &client.keys {
        Some(KeySource::Registered(text) | KeySource::At(text)) => text.len(),
        None => 0,
    };
    let texts = client.name.len() + client.description.len() + client.website.as_ref().map_or(0, String::len);
    let addresses: usize = client.redirect_uris.iter().map(|uri| uri.len() + size_of::<String>()).sum();
    u32::try_from(size_of::<Client>() + keys + texts + addresses).unwrap_or(u32::MAX)
}
