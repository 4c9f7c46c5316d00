//! What statements go through, the same for both databases: to read, to write, and in a transaction.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, ExecResult, QueryResult, Statement,
};

use types::id::ProductId;

use super::{
    database::sql,
    ledger::Ledger,
    postgres::PostgresTransaction,
    sqlite::{LongReaders, ReadTransaction, Readers, WriteTransaction, Writer},
    statements::{Statements, Way},
};
use crate::error::{Error, Result};

/// For single statements that read a few rows that an index names.
#[derive(Clone, Debug)]
pub struct Reads {
    pub(super) of: ReadsOf,
    pub(super) statements: Statements,
}

#[derive(Clone, Debug)]
pub(super) enum ReadsOf {
    Sqlite(Readers),
    Postgres(DatabaseConnection),
}

/// For single statements that read more than a few rows that an index names: lists, searches and counts. On SQLite those
/// do not run on the thread that asks, where other requests would wait for them.
#[derive(Clone, Debug)]
pub struct Lists {
    pub(super) of: ListsOf,
    pub(super) statements: Statements,
}

#[derive(Clone, Debug)]
pub(super) enum ListsOf {
    Sqlite(LongReaders),
    Postgres(DatabaseConnection),
}

/// For single statements that write, each kept once it has succeeded.
#[derive(Clone, Debug)]
pub struct Writes {
    pub(super) of: WritesOf,
    pub(super) statements: Statements,
}

#[derive(Clone, Debug)]
pub(super) enum WritesOf {
    Sqlite(Writer),
    Postgres(Recorded<DatabaseConnection>),
}

/// A transaction. Nothing is kept without [`Transaction::commit`].
#[derive(Debug)]
pub struct Transaction {
    pub(super) of: TransactionOf,
    pub(super) statements: Statements,
}

#[derive(Debug)]
pub(super) enum TransactionOf {
    SqliteRead(ReadTransaction),
    SqliteWrite(WriteTransaction),
    Postgres(Recorded<PostgresTransaction>),
}

impl Transaction {
    /// Keeps what was written.
    ///
    /// # Errors
    /// When the database refuses: then nothing is kept.
    pub async fn commit(self) -> Result<()> {
        match self.of {
            TransactionOf::SqliteRead(_) => Ok(()),
            TransactionOf::SqliteWrite(transaction) => Ok(transaction.commit().await?),
            TransactionOf::Postgres(Recorded { inner, ledger, .. }) => {
                let done = inner.commit().await;
                if let Some(ledger) = ledger {
                    ledger.record(&done);
                }
                Ok(done?)
            }
        }
    }

    /// Gives up what was written. What was seen meanwhile holds once this comes back: on SQLite a transaction sees what
    /// those before it wrote, which is not on the disk yet.
    ///
    /// # Errors
    /// When what was seen does not hold.
    pub async fn rollback(self) -> Result<()> {
        match self.of {
            TransactionOf::SqliteRead(_) => Ok(()),
            TransactionOf::SqliteWrite(transaction) => Ok(transaction.rollback().await?),
            TransactionOf::Postgres(Recorded { inner, .. }) => Ok(inner.rollback().await?),
        }
    }

    /// Lets row-level security show the data of a product from now on, and of no other.
    pub(crate) async fn enter(&self, product: &ProductId) -> Result<()> {
        if self.get_database_backend() == DatabaseBackend::Postgres {
            let set = "SELECT set_config('gatepass.product_id', $1, true)";
            self.query_one_raw(sql(self, set, [product.into()])).await?;
        }
        Ok(())
    }

    /// Gives up what was written, for a reason that was found meanwhile and holds once this comes back.
    ///
    /// # Errors
    /// Always: the refusal, or that of the database when what led to it does not hold.
    pub async fn refuse<T, E: From<Error>>(self, refusal: E) -> std::result::Result<T, E> {
        Err(self.rollback().await.map_or_else(E::from, |()| refusal))
    }

    /// Ends with what was done in it: keeps it, or gives it up if it was refused. Either way what is told of it holds.
    ///
    /// # Errors
    /// The refusal; or that of the database, when what led to it does not hold or nothing can be kept.
    pub async fn conclude<T, E: From<Error>>(
        self,
        done: std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        match done {
            Ok(done) => self.commit().await.map(|()| done).map_err(E::from),
            Err(refusal) => self.refuse(refusal).await,
        }
    }
}

/// A connection of PostgreSQL's that writes, with what became of that entered in a ledger.
#[derive(Clone, Debug)]
pub(super) struct Recorded<C> {
    pub(super) inner: C,
    /// `None` for what only reads.
    pub(super) ledger: Option<Ledger>,
    /// Says if a statement is kept once it has succeeded, and not with the transaction only.
    pub(super) autocommit: bool,
}

impl<C: ConnectionTrait> Recorded<C> {
    async fn record<T>(&self, statement: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let done = statement.await;
        if let Some(ledger) = &self.ledger
            && (self.autocommit || done.is_err())
        {
            ledger.record(&done);
        }
        done
    }
}

#[async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Recorded<C> {
    fn get_database_backend(&self) -> DatabaseBackend {
        DatabaseBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.record(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.record(self.inner.execute_unprepared(text)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.record(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.record(self.inner.query_all_raw(statement)).await
    }
}

/// Lets each kind of connection run statements itself.
macro_rules! connection {
    ($name:ident, $way:ident: $kinds:ident { $($kind:ident),+ }) => {
        #[async_trait]
        impl ConnectionTrait for $name {
            fn get_database_backend(&self) -> DatabaseBackend {
                match &self.of {
                    $($kinds::$kind(connection) => connection.get_database_backend(),)+
                }
            }

            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                self.statements.note(Way::$way, || statement.clone());
                match &self.of {
                    $($kinds::$kind(connection) => connection.execute_raw(statement).await,)+
                }
            }

            async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
                self.statements.note(Way::$way, || Statement::from_string(self.get_database_backend(), text));
                match &self.of {
                    $($kinds::$kind(connection) => connection.execute_unprepared(text).await,)+
                }
            }

            async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
                self.statements.note(Way::$way, || statement.clone());
                match &self.of {
                    $($kinds::$kind(connection) => connection.query_one_raw(statement).await,)+
                }
            }

            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                self.statements.note(Way::$way, || statement.clone());
                match &self.of {
                    $($kinds::$kind(connection) => connection.query_all_raw(statement).await,)+
                }
            }
        }
    };
}

connection!(Reads, Read: ReadsOf { Sqlite, Postgres });
connection!(Lists, List: ListsOf { Sqlite, Postgres });
connection!(Writes, Write: WritesOf { Sqlite, Postgres });
connection!(Transaction, Transaction: TransactionOf { SqliteRead, SqliteWrite, Postgres });
