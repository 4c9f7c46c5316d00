//! `gatepass keys`.

use domain::{
    clock::{Clock, SystemClock},
    error::{Error, Result},
    keys::{self, Rotation},
};

use super::{open, output::utc};
use crate::command_line::RotateKeys;

/// `gatepass keys rotate`: adds a key that takes over soon.
///
/// # Errors
/// When there is no key yet, or one is waiting already.
pub async fn rotate(options: RotateKeys) -> Result<()> {
    let db = open(&options.database).await?;
    let no_key = || Error::Setup("this database has no signing key yet; gatepass serve makes one".to_owned());
    if !keys::exist(&db).await? {
        return Err(no_key());
    }
    let file = options.database.master_key_file(options.master_key_file.as_ref());
    let master = keys::master_key(&file, false)?;
    let rotation = keys::rotate(&db, &master, SystemClock.now()).await?;
    db.close().await?;
    match rotation {
        Rotation::Added { kid, signs_from } => {
            println!("The key {kid} is published now and signs from {} on.", utc(signs_from));
            Ok(())
        }
        Rotation::Waiting { signs_from } => Err(Error::Setup(format!(
            "a new key is waiting already: it signs from {} on, then another can be added",
            utc(signs_from)
        ))),
        Rotation::NoKey => Err(no_key()),
    }
}
