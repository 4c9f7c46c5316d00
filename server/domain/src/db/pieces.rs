//! Work on very many rows, a piece at a time. Each piece is a transaction of its own: others who write get their turn
//! between two pieces, and what is done stays done if the next piece never comes.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, Iterable, PrimaryKeyToColumn, QueryFilter,
    QuerySelect, QueryTrait, Select, UpdateMany, sea_query::SelectStatement,
};
use tokio_util::sync::CancellationToken;

use super::{Database, Transaction, database::sql};
use crate::error::Result;

/// Most rows that a piece removes or changes.
pub const PIECE: u64 = 500;
/// Names the advisory lock that a piece has on PostgreSQL: those of several replicas follow each other, and never wait
/// for each other in a circle.
const LOCK: i64 = 0x6761_7465_7377_6570;

/// The database for work in pieces, until somebody wants it to stop.
#[derive(Clone, Copy, Debug)]
pub struct Pieces<'a> {
    db: &'a Database,
    stop: &'a CancellationToken,
}

/// Work in pieces under way. What is left of it when it goes is not kept.
#[derive(Debug)]
pub struct Run<'a> {
    pieces: Pieces<'a>,
    piece: Option<Piece>,
}

/// A piece under way.
#[derive(Debug)]
pub struct Piece {
    transaction: Transaction,
    /// The number of rows that it may still touch.
    room: u64,
}

impl<'a> Pieces<'a> {
    /// Works until `stop`.
    pub const fn new(db: &'a Database, stop: &'a CancellationToken) -> Self {
        Self { db, stop }
    }

    /// The database, for what is read before and between pieces.
    pub const fn db(self) -> &'a Database {
        self.db
    }

    /// Says if nothing more is to be begun.
    pub fn is_stopped(self) -> bool {
        self.stop.is_cancelled()
    }

    /// Begins work that takes as many pieces as it needs.
    pub const fn run(self) -> Run<'a> {
        Run { pieces: self, piece: None }
    }

    /// Removes every row that a query finds.
    pub async fn remove<E: EntityTrait>(self, which: Select<E>) -> Result<()> {
        let mut run = self.run();
        while let Some(piece) = run.next().await? {
            piece.remove(which.clone()).await?;
        }
        Ok(())
    }

    /// Changes every row that a query finds, and that the change still fits then. What is changed is no longer found.
    pub async fn change<E: EntityTrait>(self, change: UpdateMany<E>, which: Select<E>) -> Result<()> {
        let mut run = self.run();
        while let Some(piece) = run.next().await? {
            piece.change(change.clone(), which.clone()).await?;
        }
        Ok(())
    }
}

impl Run<'_> {
    /// Keeps the piece before, and begins another one. `None` when that one had room left, or it is time to stop.
    ///
    /// # Errors
    /// When the piece before cannot be kept: nothing of it is, and all that came before it is.
    pub async fn next(&mut self) -> Result<Option<&mut Piece>> {
        if let Some(Piece { transaction, room }) = self.piece.take() {
            transaction.commit().await?;
            if room > 0 {
                return Ok(None);
            }
        }
        if self.pieces.is_stopped() {
            return Ok(None);
        }
        Ok(Some(self.piece.insert(Piece::begin(self.pieces.db).await?)))
    }
}

impl Piece {
    async fn begin(db: &Database) -> Result<Self> {
        let transaction = db.begin().await?;
        if transaction.get_database_backend() == DatabaseBackend::Postgres {
            let lock = sql(&transaction, "SELECT pg_advisory_xact_lock($1)", [LOCK.into()]);
            transaction.query_one_raw(lock).await?;
        }
        Ok(Self { transaction, room: PIECE })
    }

    /// The transaction.
    pub const fn db(&self) -> &Transaction {
        &self.transaction
    }

    /// Removes what a query finds, as far as there is room.
    pub async fn remove<E: EntityTrait>(&mut self, which: Select<E>) -> Result<()> {
        if self.room == 0 {
            return Ok(());
        }
        let these = E::delete_many().filter(key::<E>().in_subquery(self.keys(which)));
        let removed = these.exec(&self.transaction).await?.rows_affected;
        self.count(removed);
        Ok(())
    }

    /// Changes what a query finds, as far as there is room.
    pub async fn change<E: EntityTrait>(&mut self, change: UpdateMany<E>, which: Select<E>) -> Result<()> {
        if self.room == 0 {
            return Ok(());
        }
        let these = change.filter(key::<E>().in_subquery(self.keys(which)));
        let changed = these.exec(&self.transaction).await?.rows_affected;
        self.count(changed);
        Ok(())
    }

    /// Takes rows off the room that there is.
    fn count(&mut self, rows: u64) {
        self.room = self.room.saturating_sub(rows);
    }

    /// A query for the keys of what another one finds, no more of them than there is room for.
    fn keys<E: EntityTrait>(&self, which: Select<E>) -> SelectStatement {
        which.select_only().column(key::<E>()).limit(self.room).into_query()
    }
}

/// The column that names a row of a table.
fn key<E: EntityTrait>() -> E::Column {
    E::PrimaryKey::iter().next().expect("every table has a primary key").into_column()
}
