//! The file of a SQLite database while it is served: whether it is still the one that was opened, and its log of writes
//! (WAL) beside it.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU8, Ordering},
};

use crate::{
    db::private_files::beside,
    error::{Error, Result},
};

/// Reasons that a database file cannot be served from: what is written into it would be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[repr(u8)]
pub enum Unusable {
    /// It is no longer where it was.
    #[error("the database file was deleted or moved; put it back, or restart the server")]
    Gone = 1,
    /// Another file stands in its place.
    #[error("the database file was replaced by another one; restart the server")]
    Replaced = 2,
    /// Nothing can be written into it.
    #[error("the database file is read-only; make it writable")]
    ReadOnly = 3,
}

impl Unusable {
    const ALL: [Self; 3] = [Self::Gone, Self::Replaced, Self::ReadOnly];
}

/// The file that was opened.
#[derive(Debug)]
pub(crate) struct SqliteFile {
    path: PathBuf,
    identity: Option<Identity>,
    /// An [`Unusable`] as a number, 0 for none.
    unusable: AtomicU8,
}

/// Device and number of a file, which no two files share.
type Identity = (u64, u64);

impl SqliteFile {
    /// The file as it is now.
    ///
    /// # Errors
    /// When it is not there, or read-only.
    pub(crate) fn opened(path: &Path) -> Result<Self> {
        let file = Self { path: path.to_owned(), identity: None, unusable: AtomicU8::new(0) };
        match file.inspect() {
            Err(unusable) => Err(Error::Setup(format!("{}: {unusable}", path.display()))),
            Ok(identity) => Ok(Self { identity, ..file }),
        }
    }

    /// Reason that it cannot be served from, as far as was noticed.
    pub(crate) fn unusable(&self) -> Option<Unusable> {
        let number = self.unusable.load(Ordering::SeqCst);
        Unusable::ALL.into_iter().find(|unusable| *unusable as u8 == number)
    }

    /// Looks whether it can still be served from, and says so when that changed. It is never opened for this: closing
    /// it again would release the locks that SQLite holds for this process.
    pub(crate) fn look(&self) {
        let now = self.inspect().err();
        let before = self.unusable.swap(now.map_or(0, |unusable| unusable as u8), Ordering::SeqCst);
        match now {
            Some(unusable) if before != unusable as u8 => {
                tracing::error!(path = %self.path.display(), "{unusable}; nothing is served until then");
            }
            None if before != 0 => {
                tracing::warn!(path = %self.path.display(), "the database file is usable again");
            }
            _ => {}
        }
    }

    fn inspect(&self) -> std::result::Result<Option<Identity>, Unusable> {
        let found = std::fs::metadata(&self.path).map_err(|_| Unusable::Gone)?;
        let identity = identity(&found);
        if self.identity.is_some() && identity != self.identity {
            return Err(Unusable::Replaced);
        }
        // The mode too: whoever runs a server as root means it all the same.
        if found.permissions().readonly() || !is_writable(&self.path) {
            return Err(Unusable::ReadOnly);
        }
        Ok(identity)
    }

    /// Size of the log of writes, in bytes.
    pub(crate) fn wal_bytes(&self) -> u64 {
        std::fs::metadata(beside(&self.path, "-wal")).map_or(0, |file| file.len())
    }
}

#[cfg(unix)]
fn identity(file: &std::fs::Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some((file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(_: &std::fs::Metadata) -> Option<Identity> {
    None
}

/// Asks the file system whether this process may write.
#[cfg(unix)]
fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(_: &Path) -> bool {
    true
}
