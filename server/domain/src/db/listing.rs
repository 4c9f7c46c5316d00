//! Lists that are read a page at a time.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, TryGetable, Value};

use crate::{db::Lists, error::Result};

/// One page of a list, how many rows match, and how many there are without filters.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The page.
    pub rows: Vec<T>,
    /// Over all pages.
    pub total: u64,
    /// Without filters.
    pub total_unfiltered: u64,
}

/// The queries behind a page of a list.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// The page.
    pub rows: Statement,
    /// Number of rows that match.
    pub total: Statement,
    /// Number of rows without filters.
    pub total_unfiltered: Statement,
}

impl ListQuery {
    /// Reads the page.
    pub(crate) async fn run<R: FromQueryResult, T>(
        self,
        db: &Lists,
        row: impl Fn(R) -> Result<T>,
    ) -> Result<Page<T>> {
        let rows = R::find_by_statement(self.rows).all(db).await?;
        Ok(Page {
            rows: rows.into_iter().map(row).collect::<Result<_>>()?,
            total: count(db, self.total).await?,
            total_unfiltered: count(db, self.total_unfiltered).await?,
        })
    }
}

/// Adds a value to those of a statement that is put together. Returns its placeholder.
pub(crate) fn bind(values: &mut Vec<Value>, value: impl Into<Value>) -> String {
    values.push(value.into());
    format!("${}", values.len())
}

/// Number of rows that a `SELECT COUNT(*) AS count` counts.
pub(crate) async fn count(db: &impl ConnectionTrait, statement: Statement) -> Result<u64> {
    let count: i64 = one(db, statement).await?.unwrap_or(0);
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The only column of the first row. Rows of more are read by name, in a [`FromQueryResult`].
pub(crate) async fn one<T: TryGetable>(db: &impl ConnectionTrait, statement: Statement) -> Result<Option<T>> {
    let row = db.query_one_raw(statement).await?;
    Ok(row.map(|row| T::try_get_by_index(&row, 0)).transpose().map_err(DbErr::from)?)
}

/// The only column of every row.
pub(crate) async fn all<T: TryGetable>(db: &impl ConnectionTrait, statement: Statement) -> Result<Vec<T>> {
    let rows = db.query_all_raw(statement).await?;
    Ok(rows.iter().map(|row| T::try_get_by_index(row, 0)).collect::<Result<_, _>>().map_err(DbErr::from)?)
}

/// The values of `LIMIT` and `OFFSET` for a page, which is from 1.
pub(crate) fn page(number: u64, per_page: u64) -> [Value; 2] {
    let offset = number.saturating_sub(1).saturating_mul(per_page);
    [per_page, offset].map(|number| i64::try_from(number).unwrap_or(i64::MAX).into())
}

/// The number of the last page, if the one that was asked for is behind it: then that one is to be read.
pub(crate) fn turn_back<T>(found: &Page<T>, asked: u64, per_page: u64) -> Option<u64> {
    let last = found.total.div_ceil(per_page).max(1);
    (asked > last).then_some(last)
}

/// Text that a person searches for as a lower-case pattern for LIKE with `ESCAPE '\\'`; empty for everything.
pub(crate) fn like(search: &str) -> String {
    let text: String =
        search.trim().to_lowercase().chars().filter(|&character| character != '\0').take(100).collect();
    if text.is_empty() {
        return text;
    }
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}
