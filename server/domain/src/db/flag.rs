//! Booleans that a query computes.

use sea_orm::{ColIdx, QueryResult, TryGetError, TryGetable};

/// A boolean that a query computes. SQLite has no such type and answers a number; of a column it is known what it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag(pub(crate) bool);

impl TryGetable for Flag {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        bool::try_get_by(row, index)
            .or_else(|_| i64::try_get_by(row, index).map(|number| number != 0))
            .map(Self)
    }
}
