//! The master key, and the signing keys that it seals.

#[cfg(not(feature = "tables"))]
mod tables;
#[cfg(feature = "tables")]
pub mod tables;

use std::{
    io::{ErrorKind, Write},
    path::Path,
    sync::Arc,
};

use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseBackend, EntityTrait, QueryOrder};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::{
    audit::{self, Action, Event},
    db::{
        Database, Transaction,
        database::sql,
        migrations::STARTUP_LOCK,
        private_files::{close_to_others, new_private},
    },
    keys::tables::signing_key,
};

use crate::{
    clock::{MINUTE, Millis, SECOND},
    config::ACCESS_TOKEN_LIFETIME_MAX,
    crypto::{CryptoError, jwt::KeyRing, sealed::SealingKey, signing_key::SigningKey},
    error::{Error, Result},
};

/// Reads the master key, and closes its file to others. With `make`, a missing file is made, readable by its owner only.
///
/// # Errors
/// When the file is missing, unreadable, or holds no key, or others can read it and that cannot be changed.
pub fn master_key(path: &Path, make: bool) -> Result<SealingKey> {
    let file_error = |source| Error::File { path: path.display().to_string(), source };
    match std::fs::read_to_string(path) {
        Ok(text) => {
            close_to_others(path)?;
            SealingKey::parse(&text)
                .map_err(|_| Error::Setup(format!("{} does not hold a master key", path.display())))
        }
        Err(error) if error.kind() == ErrorKind::NotFound && make => {
            let key = SealingKey::generate();
            write_private(path, key.expose().as_bytes()).map_err(file_error)?;
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::Setup(format!(
            "{} is missing; give the master key that this database was set up with (--master-key-file)",
            path.display()
        ))),
        Err(error) => Err(file_error(error)),
    }
}

fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut file = new_private(path)?;
    file.write_all(text)?;
    file.sync_all()
}

const PURPOSE: &str = "signing key ";

/// The time for which others may keep the JWK Set.
pub const JWK_SET_MAX_AGE: Millis = 5 * MINUTE;
/// The time for which a new key is published before it signs: longer than anybody keeps a set without it.
pub const PUBLISHED_AHEAD: Millis = 10 * MINUTE;
const _: () = assert!(PUBLISHED_AHEAD > JWK_SET_MAX_AGE);
/// The time for which a key stays after its successor took over: until the last token that it signed has ended, and a
/// little longer, since the clocks of replicas differ.
const KEPT: Millis = ACCESS_TOKEN_LIFETIME_MAX + MINUTE;
/// The age that the keys in memory may have for those who ask for the JWK Set.
const FRESH: Millis = SECOND;

/// The signing keys as the database has them, opened.
pub struct StoredKeys {
    db: Database,
    master: SealingKey,
    ring: Arc<KeyRing>,
    /// The moment when loading them again last began, by the monotonic clock; held until it ends.
    loaded_at: Mutex<Option<Millis>>,
}

impl StoredKeys {
    /// Loads the keys; the first start makes one. Replicas may do this at the same time.
    ///
    /// # Errors
    /// When the database refuses, or holds a key that the master key does not open.
    pub async fn open(db: &Database, master: SealingKey, now: Millis) -> Result<Self> {
        let transaction = db.begin().await?;
        lock(&transaction).await?;
        let mut keys = open_all(&rows(&transaction).await?, &master)?;
        if keys.is_empty() {
            keys.push(add(&transaction, &master, 0, now).await?);
        }
        transaction.commit().await?;
        let ring = Arc::new(KeyRing::new(keys)?);
        Ok(Self { db: db.clone(), master, ring, loaded_at: Mutex::default() })
    }

    /// The keys, which change whenever they are loaded again.
    pub fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring)
    }

    /// A key for something else, derived from the master key, which replicas share.
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        self.master.derive(purpose)
    }

    /// Loads the keys again, unless that was done just before `moment`, which is the monotonic clock's. A key that
    /// does not open or cannot be used does not harm the others, and nothing that is stored takes the last key away: a
    /// running server goes on.
    pub async fn refresh(&self, moment: Millis) -> Result<()> {
        let mut loaded_at = self.loaded_at.lock().await;
        if loaded_at.is_some_and(|loaded_at| moment < loaded_at + FRESH) {
            return Ok(());
        }
        // Before it is done: when the database is away, those who wait here need not all find that out.
        *loaded_at = Some(moment);
        let known = self.ring.keys();
        let mut keys = Vec::new();
        for row in rows(self.db.read()).await? {
            match known.iter().find(|key| key.kid == row.kid) {
                Some(key) => keys.push(key.clone().signing_from(row.signs_from)),
                None => match open(&row, &self.master) {
                    Ok(key) => keys.push(key),
                    Err(error) => tracing::error!(kid = row.kid, %error, "a signing key cannot be used"),
                },
            }
        }
        if self.ring.replace(keys).is_err() {
            tracing::error!("the database has no signing key that can be used; the old ones stay");
        }
        Ok(())
    }
}

/// The outcome of a wish for another key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// There is a new key.
    Added {
        /// Names it.
        kid: String,
        /// The moment when it begins to sign.
        signs_from: Millis,
    },
    /// A key that was added before waits already.
    Waiting {
        /// The moment when it begins to sign.
        signs_from: Millis,
    },
    /// There is no key that another could follow: the database never was served.
    NoKey,
}

/// Adds a key that will take over. It is published at once. Of several that do this at the same time one succeeds.
///
/// # Errors
/// When the database refuses, or holds a key that the master key does not open.
pub async fn rotate(db: &Database, master: &SealingKey, now: Millis) -> Result<Rotation> {
    let transaction = db.begin().await?;
    lock(&transaction).await?;
    let keys = open_all(&rows(&transaction).await?, master)?;
    let Some(newest) = keys.first() else {
        return Ok(Rotation::NoKey);
    };
    if newest.signs_from > now {
        return Ok(Rotation::Waiting { signs_from: newest.signs_from });
    }
    let signs_from = now + PUBLISHED_AHEAD;
    let kid = add(&transaction, master, signs_from, now).await?.kid;
    let event = Event { detail: Some(&kid), ..Event::default() };
    audit::record(&transaction, Action::KeyRotated, event, now).await?;
    transaction.commit().await?;
    Ok(Rotation::Added { kid, signs_from })
}

/// Removes keys whose last token has ended: their successor has been signing for longer than any token lives.
pub async fn remove_retired(db: &impl ConnectionTrait, now: Millis) -> Result<()> {
    let delete = "DELETE FROM signing_keys WHERE signs_from <
        (SELECT MAX(successor.signs_from) FROM signing_keys successor WHERE successor.signs_from <= $1)";
    db.execute_raw(sql(db, delete, [(now - KEPT).into()])).await?;
    Ok(())
}

/// Keeps others from adding keys until the transaction ends. On SQLite its beginning does.
async fn lock(transaction: &Transaction) -> Result<()> {
    if transaction.get_database_backend() == DatabaseBackend::Postgres {
        let lock = sql(transaction, "SELECT pg_advisory_xact_lock($1)", [STARTUP_LOCK.into()]);
        transaction.query_one_raw(lock).await?;
    }
    Ok(())
}

/// All keys, the one that signs last of all first.
async fn rows(db: &impl ConnectionTrait) -> Result<Vec<signing_key::Model>> {
    Ok(signing_key::Entity::find()
        .order_by_desc(signing_key::Column::SignsFrom)
        .order_by_desc(signing_key::Column::CreatedAt)
        .all(db)
        .await?)
}

fn open(row: &signing_key::Model, master: &SealingKey) -> Result<SigningKey, CryptoError> {
    let pkcs8 = master.open(&row.sealed_private, &format!("{PURPOSE}{}", row.kid))?;
    Ok(SigningKey::from_pkcs8(&pkcs8)?.signing_from(row.signs_from))
}

fn open_all(rows: &[signing_key::Model], master: &SealingKey) -> Result<Vec<SigningKey>> {
    let open = |row| {
        open(row, master).map_err(|error| match error {
            CryptoError::Unseal => Error::Setup(
                "the master key does not open the signing keys of this database (--master-key-file)"
                    .to_owned(),
            ),
            other => other.into(),
        })
    };
    rows.iter().map(open).collect()
}

async fn add(
    db: &impl ConnectionTrait,
    master: &SealingKey,
    signs_from: Millis,
    now: Millis,
) -> Result<SigningKey> {
    let pkcs8 = SigningKey::generate_pkcs8()?;
    let key = SigningKey::from_pkcs8(&pkcs8)?.signing_from(signs_from);
    let row = signing_key::ActiveModel {
        kid: Set(key.kid.clone()),
        sealed_private: Set(master.seal(&pkcs8, &format!("{PURPOSE}{}", key.kid))),
        created_at: Set(now),
        signs_from: Set(signs_from),
    };
    signing_key::Entity::insert(row).exec_without_returning(db).await?;
    Ok(key)
}

/// Says if the database has signing keys: then the master key that sealed them has to be there too.
pub async fn exist(db: &Database) -> Result<bool> {
    Ok(signing_key::Entity::find().one(db.read()).await?.is_some())
}
