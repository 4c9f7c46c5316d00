//! The statements of a database, for tests that count them. Nothing is noted in the server itself.

#[cfg(feature = "tables")]
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::Statement;

/// The way on which a statement goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Alone, reading a few rows.
    Read,
    /// Alone, reading a list.
    List,
    /// Alone, writing.
    Write,
    /// In a transaction.
    Transaction,
    /// The beginning of a transaction.
    Begin,
}

/// Statements, and the ways on which they went, in their order.
pub type Noted = Vec<(Way, Statement)>;

/// Takes note of statements while somebody wants it to. Clones share what they know.
#[derive(Clone, Debug, Default)]
pub struct Statements {
    #[cfg(feature = "tables")]
    noted: Arc<Mutex<Option<Noted>>>,
}

impl Statements {
    /// A statement is about to run.
    #[cfg_attr(not(feature = "tables"), expect(clippy::unused_self, reason = "there is nothing to note"))]
    pub(super) fn note(&self, way: Way, statement: impl FnOnce() -> Statement) {
        #[cfg(feature = "tables")]
        if let Some(noted) = self.noted.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            noted.push((way, statement()));
        }
        #[cfg(not(feature = "tables"))]
        let _ = (way, statement);
    }

    /// Takes note from now on, and gives what was noted so far.
    #[cfg(feature = "tables")]
    pub fn take(&self) -> Noted {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.replace(Vec::new()).unwrap_or_default()
    }
}
