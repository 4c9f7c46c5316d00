//! A database of one table, and those who use it.

mod statements;
mod writers;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};
use tempfile::TempDir;
use tokio::task::{JoinHandle, yield_now};

use super::{Readers, WriteTransaction, Writer};
use crate::{
    clock::{HOUR, Millis},
    db::{ledger::Ledger, sqlite_file::SqliteFile},
};

struct Fixture {
    writer: Writer,
    readers: Readers,
    ledger: Ledger,
    /// Commits so far, those that failed among them.
    commits: Arc<AtomicUsize>,
    /// Commits fail while this is set.
    fail: Arc<AtomicBool>,
    folder: TempDir,
}

impl Fixture {
    async fn new() -> Self {
        Self::with_read_timeout(HOUR).await
    }

    async fn with_read_timeout(timeout: Millis) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.sqlite");
        std::fs::File::create(&file).unwrap();
        let ledger = Ledger::of_file(SqliteFile::opened(&file).unwrap());
        let writer = Writer::open(&file, ledger.clone()).unwrap();
        writer.execute_unprepared("CREATE TABLE notes (id TEXT PRIMARY KEY, number BIGINT)").await.unwrap();
        let readers = Readers::open(&file, 2, timeout).unwrap();
        let (commits, fail) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (counted, failing) = (Arc::clone(&commits), Arc::clone(&fail));
        writer.on_commit(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            failing.load(Ordering::SeqCst)
        });
        Self { writer, readers, ledger, commits, fail, folder }
    }

    /// Begins a transaction as soon as its turn comes.
    fn begin(&self) -> JoinHandle<WriteTransaction> {
        let writer = self.writer.clone();
        tokio::spawn(async move { writer.begin().await.unwrap() })
    }

    /// A transaction that adds a note as soon as its turn comes, and commits.
    fn adding(&self, id: &'static str) -> JoinHandle<Result<(), DbErr>> {
        let writer = self.writer.clone();
        tokio::spawn(async move {
            let transaction = writer.begin().await?;
            add(&transaction, id).await?;
            transaction.commit().await
        })
    }

    /// A statement of its own that adds a note.
    fn adding_alone(&self, id: &'static str) -> JoinHandle<Result<(), DbErr>> {
        let writer = self.writer.clone();
        tokio::spawn(async move { add(&writer, id).await })
    }

    async fn notes(&self) -> Vec<String> {
        let query = statement("SELECT id FROM notes ORDER BY id", &[]);
        let rows = self.readers.query_all_raw(query).await.unwrap();
        rows.iter().map(|row| row.try_get("", "id").unwrap()).collect()
    }

    fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    fn fail(&self, fail: bool) {
        self.fail.store(fail, Ordering::SeqCst);
    }

    /// A connection as another process has it.
    fn stranger(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("test.sqlite")).unwrap()
    }
}

fn statement(text: &str, values: &[&str]) -> Statement {
    Statement::from_sql_and_values(DatabaseBackend::Sqlite, text, values.iter().map(|&value| value.into()))
}

async fn add(db: &impl ConnectionTrait, id: &str) -> Result<(), DbErr> {
    let done = db.execute_raw(statement("INSERT INTO notes (id) VALUES ($1)", &[id])).await?;
    assert_eq!(done.rows_affected(), 1);
    Ok(())
}

/// A query that ends only when it is ended.
const ENDLESS: &str =
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) AS c FROM n";

/// Lets every task go on as far as it can.
async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}
