//! The master key, and the signing keys that it seals.

use std::{io::ErrorKind, path::Path};

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseBackend, EntityTrait, QueryOrder,
};

use super::{Database, database::sql, entities::signing_key, migrations::STARTUP_LOCK};
use crate::{
    clock::Millis,
    crypto::{jwt::KeyRing, sealed::SealingKey, signing_key::SigningKey},
    error::{Error, Result},
};

/// Reads the master key. With `make`, a missing file is made, readable by its owner only.
///
/// # Errors
/// When the file is missing, unreadable, or holds no key.
pub fn master_key(path: &Path, make: bool) -> Result<SealingKey> {
    let file_error = |source| Error::File { path: path.display().to_string(), source };
    match std::fs::read_to_string(path) {
        Ok(text) => SealingKey::parse(&text)
            .map_err(|_| Error::Setup(format!("{} does not hold a master key", path.display()))),
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

#[cfg(unix)]
fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(not(unix))]
fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    std::fs::write(path, text)
}

const PURPOSE: &str = "signing key ";

/// The keys that sign access tokens; the first start makes one. Replicas may do this at the same time.
///
/// # Errors
/// When the database refuses, or holds a key that the master key does not open.
pub async fn key_ring(db: &Database, master: &SealingKey, now: Millis) -> Result<KeyRing> {
    let transaction = db.begin().await?;
    if db.backend() == DatabaseBackend::Postgres {
        let lock = sql(&transaction, "SELECT pg_advisory_xact_lock($1)", [STARTUP_LOCK.into()]);
        transaction.query_one_raw(lock).await?;
    }
    let rows =
        signing_key::Entity::find().order_by_desc(signing_key::Column::CreatedAt).all(&transaction).await?;
    let mut keys = Vec::with_capacity(rows.len().max(1));
    for row in rows {
        let pkcs8 = master.open(&row.sealed_private, &format!("{PURPOSE}{}", row.kid)).map_err(|_| {
            Error::Setup(
                "the master key does not open the signing keys of this database (--master-key-file)"
                    .to_owned(),
            )
        })?;
        keys.push(SigningKey::from_pkcs8(&pkcs8)?);
    }
    if keys.is_empty() {
        let pkcs8 = SigningKey::generate_pkcs8()?;
        let key = SigningKey::from_pkcs8(&pkcs8)?;
        let row = signing_key::ActiveModel {
            kid: Set(key.public.kid.clone()),
            sealed_private: Set(master.seal(&pkcs8, &format!("{PURPOSE}{}", key.public.kid))),
            created_at: Set(now),
        };
        row.insert(&transaction).await?;
        keys.push(key);
    }
    transaction.commit().await?;
    Ok(KeyRing::new(keys)?)
}

/// Whether the database has signing keys: then the master key that sealed them has to be there too.
///
/// # Errors
/// When the database refuses.
pub async fn exist(db: &Database) -> Result<bool> {
    Ok(signing_key::Entity::find().one(db.read()).await?.is_some())
}
