//! What many writers at the same time may rely on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};
use tempfile::TempDir;
use tokio::task::{JoinHandle, yield_now};

use super::{Connection, LongReaders, Purpose, Readers, WriteTransaction, Writer, turn::MEMBERS_MAX};
use crate::{
    clock::{HOUR, Millis, SECOND},
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

#[tokio::test]
async fn of_one_group_only_what_was_committed_is_kept() {
    let fixture = Fixture::new().await;
    let before = fixture.commits();
    let first = fixture.writer.begin().await.unwrap();
    add(&first, "kept").await.unwrap();
    let writer = fixture.writer.clone();
    let refused = tokio::spawn(async move {
        let transaction = writer.begin().await.unwrap();
        add(&transaction, "refused").await.unwrap();
        transaction.rollback().await.unwrap();
    });
    let writer = fixture.writer.clone();
    let cancelled = tokio::spawn(async move {
        let transaction = writer.begin().await.unwrap();
        add(&transaction, "cancelled").await.unwrap();
        std::future::pending::<()>().await;
        transaction.commit().await.unwrap();
    });
    let last = fixture.adding("kept too");
    let alone = fixture.adding_alone("kept as well");
    let committed = tokio::spawn(first.commit());
    settle().await;
    assert!(!committed.is_finished() && !refused.is_finished(), "nobody hears anything before the commit");
    cancelled.abort();
    assert!(cancelled.await.unwrap_err().is_cancelled());
    committed.await.unwrap().unwrap();
    last.await.unwrap().unwrap();
    alone.await.unwrap().unwrap();
    refused.await.unwrap();
    assert_eq!(fixture.notes().await, ["kept", "kept as well", "kept too"]);
    assert_eq!(fixture.commits() - before, 1);
}

#[tokio::test]
async fn when_a_commit_fails_all_of_its_group_hear_so_and_nothing_is_kept() {
    let fixture = Fixture::new().await;
    let blocking = fixture.writer.begin().await.unwrap();
    let ids = ["1", "2", "3", "4", "5", "6", "7"];
    let mut waiting: Vec<_> = ids.map(|id| fixture.adding(id)).into();
    waiting.push(fixture.adding_alone("8"));
    settle().await;
    fixture.fail(true);
    let changes = fixture.ledger.changes();
    drop(blocking);
    for one in waiting {
        assert!(one.await.unwrap().is_err());
    }
    assert_ne!(fixture.ledger.changes(), changes, "whoever remembers something reads it again");
    assert!(fixture.notes().await.is_empty());

    fixture.fail(false);
    fixture.adding("after").await.unwrap().unwrap();
    assert_eq!(fixture.notes().await, ["after"]);
}

#[tokio::test]
async fn who_is_refused_for_what_another_wrote_hears_it_when_that_is_kept() {
    let fixture = Fixture::new().await;
    let first = fixture.writer.begin().await.unwrap();
    add(&first, "taken").await.unwrap();
    let writer = fixture.writer.clone();
    let refused = tokio::spawn(async move {
        let transaction = writer.begin().await.unwrap();
        assert!(add(&transaction, "taken").await.is_err(), "it sees what is not committed yet");
        transaction.rollback().await
    });
    let alone = fixture.adding_alone("taken");
    settle().await;
    fixture.fail(true);
    assert!(first.commit().await.is_err());
    assert!(refused.await.unwrap().is_err(), "nothing was taken, so there is nothing to be refused for");
    let error = alone.await.unwrap().unwrap_err().to_string();
    assert!(!error.contains("UNIQUE"), "{error}");
    fixture.fail(false);
    fixture.adding_alone("taken").await.unwrap().unwrap();
    let error = fixture.adding_alone("taken").await.unwrap().unwrap_err().to_string();
    assert!(error.contains("UNIQUE"), "{error}");
}

#[tokio::test]
async fn who_waits_no_more_holds_up_nobody() {
    let fixture = Fixture::new().await;
    let first = fixture.writer.begin().await.unwrap();
    add(&first, "first").await.unwrap();
    // One that never got its turn, one that gets it and is gone before it hears of it.
    let (early, late) = (fixture.begin(), fixture.begin());
    settle().await;
    early.abort();
    assert!(early.await.unwrap_err().is_cancelled());
    let committed = tokio::spawn(first.commit());
    late.abort();
    assert!(late.await.unwrap_err().is_cancelled());
    committed.await.unwrap().unwrap();
    fixture.adding("next").await.unwrap().unwrap();
    assert_eq!(fixture.notes().await, ["first", "next"]);
}

#[tokio::test]
async fn a_group_is_no_larger_than_it_may_be() {
    let fixture = Fixture::new().await;
    let before = fixture.commits();
    let blocking = fixture.writer.begin().await.unwrap();
    let ids: Vec<&'static str> = (0..3 * MEMBERS_MAX).map(|n| &*n.to_string().leak()).collect();
    let waiting: Vec<_> = ids.iter().map(|id| fixture.adding(id)).collect();
    settle().await;
    drop(blocking);
    for one in waiting {
        one.await.unwrap().unwrap();
    }
    assert_eq!(fixture.commits() - before, 3);
    assert_eq!(fixture.notes().await.len(), ids.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_write_at_once_beside_a_long_read() {
    let fixture = Fixture::new().await;
    let reading = fixture.readers.begin().await.unwrap();
    let count = statement("SELECT COUNT(*) AS count FROM notes", &[]);
    let counted = async || -> i64 {
        reading.query_one_raw(count.clone()).await.unwrap().unwrap().try_get("", "count").unwrap()
    };
    assert_eq!(counted().await, 0);
    let before = fixture.commits();
    let ids: Vec<&'static str> = (0..10_000).map(|n| &*n.to_string().leak()).collect();
    let writing: Vec<_> = ids.iter().map(|id| fixture.adding(id)).collect();
    for one in writing {
        one.await.unwrap().unwrap();
    }
    assert_eq!(counted().await, 0, "what is read in a transaction stays as it was");
    drop(reading);
    assert_eq!(fixture.notes().await.len(), 10_000);
    let commits = fixture.commits() - before;
    assert!(commits < 5_000, "{commits} commits");
}

#[tokio::test]
async fn another_process_that_holds_the_file_holds_no_thread() {
    let fixture = Fixture::new().await;
    let stranger = fixture.stranger();
    stranger.execute_batch("BEGIN IMMEDIATE; INSERT INTO notes (id) VALUES ('theirs')").unwrap();
    // On a runtime of one thread: if that waited, nothing here went on.
    let (ours, alone) = (fixture.adding("ours"), fixture.adding_alone("alone"));
    settle().await;
    assert!(!ours.is_finished() && !alone.is_finished());
    assert!(fixture.notes().await.is_empty(), "reading goes on");
    stranger.execute_batch("COMMIT").unwrap();
    ours.await.unwrap().unwrap();
    alone.await.unwrap().unwrap();
    assert_eq!(fixture.notes().await, ["alone", "ours", "theirs"]);
}

#[tokio::test]
async fn a_list_that_takes_long_holds_up_nothing() {
    let fixture = Fixture::with_read_timeout(SECOND).await;
    fixture.adding("one").await.unwrap().unwrap();
    let lists = LongReaders(fixture.readers.clone());
    let list = tokio::spawn(async move { lists.query_one_raw(statement(ENDLESS, &[])).await });
    settle().await;
    // On a runtime of one thread: if the list had that, nothing here went on.
    assert_eq!(fixture.notes().await, ["one"]);
    fixture.adding("two").await.unwrap().unwrap();
    assert!(!list.is_finished());
    assert!(list.await.unwrap().is_err(), "it is ended");
}

#[tokio::test]
async fn a_read_that_takes_too_long_is_ended_and_the_next_one_is_not() {
    let fixture = Fixture::with_read_timeout(1).await;
    let endless =
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) AS c FROM n";
    assert!(fixture.readers.query_one_raw(statement(endless, &[])).await.is_err());
    assert!(fixture.notes().await.is_empty());
}

#[tokio::test]
async fn what_comes_after_the_end_is_refused() {
    let fixture = Fixture::new().await;
    fixture.adding("kept").await.unwrap().unwrap();
    let open = fixture.writer.begin().await.unwrap();
    add(&open, "open").await.unwrap();
    let writer = fixture.writer.clone();
    let closing = tokio::spawn(async move { writer.close().await });
    let late = fixture.adding("late");
    settle().await;
    open.commit().await.unwrap();
    closing.await.unwrap().unwrap();
    assert!(late.await.unwrap().is_err() && fixture.adding_alone("later").await.unwrap().is_err());
    assert_eq!(fixture.notes().await, ["kept", "open"]);
    fixture.readers.close().await.unwrap();
    let left: i64 = fixture.stranger().query_row("SELECT COUNT(*) FROM notes", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 2);
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    let fixture = Fixture::new().await;
    let table =
        "CREATE TABLE kinds (flag BOOLEAN, list JSON, bytes BLOB, text TEXT, number BIGINT, part REAL)";
    fixture.writer.execute_unprepared(table).await.unwrap();
    let json = serde_json::json!(["a", { "b": 1 }]);
    // $3 stands before $2, and $1 twice.
    let insert = "INSERT INTO kinds (flag, bytes, list, text, number, part)
        SELECT $1, $3, $2, $4, $5, $6 WHERE $1";
    let values: [sea_orm::Value; 6] = [
        true.into(),
        json.clone().into(),
        vec![0_u8, 255].into(),
        "O'Brien ; -- ?1 $1".into(),
        i64::MIN.into(),
        0.5_f64.into(),
    ];
    let insert = Statement::from_sql_and_values(DatabaseBackend::Sqlite, insert, values);
    fixture.writer.execute_raw(insert).await.unwrap();
    let row = fixture.readers.query_one_raw(statement("SELECT * FROM kinds", &[])).await.unwrap().unwrap();
    assert!(row.try_get::<bool>("", "flag").unwrap());
    assert_eq!(row.try_get::<serde_json::Value>("", "list").unwrap(), json);
    assert_eq!(row.try_get::<Vec<u8>>("", "bytes").unwrap(), [0, 255]);
    assert_eq!(row.try_get::<String>("", "text").unwrap(), "O'Brien ; -- ?1 $1");
    assert_eq!(row.try_get::<i64>("", "number").unwrap(), i64::MIN);
    assert!((row.try_get::<f64>("", "part").unwrap() - 0.5).abs() < f64::EPSILON);
    fixture
        .writer
        .execute_unprepared("UPDATE kinds SET flag = NULL, list = NULL, text = NULL")
        .await
        .unwrap();
    let row = fixture.readers.query_one_raw(statement("SELECT * FROM kinds", &[])).await.unwrap().unwrap();
    assert_eq!(row.try_get::<Option<bool>>("", "flag").unwrap(), None);
    assert_eq!(row.try_get::<Option<serde_json::Value>>("", "list").unwrap(), None);
    assert_eq!(row.try_get::<Option<String>>("", "text").unwrap(), None);

    let too_few = fixture.writer.execute_raw(statement("INSERT INTO notes (id) VALUES ($2)", &["one"])).await;
    assert!(too_few.is_err());
    let changed =
        fixture.writer.query_one_raw(statement("UPDATE kinds SET text = $1 RETURNING text", &["new"])).await;
    assert_eq!(changed.unwrap().unwrap().try_get::<String>("", "text").unwrap(), "new");
}

#[tokio::test]
async fn a_schema_that_another_process_changes_mixes_up_no_columns() {
    let fixture = Fixture::new().await;
    fixture.adding("one").await.unwrap().unwrap();
    // The column that is asked for last stands behind all of the table's.
    let query = "SELECT notes.*, 'last' AS behind FROM notes";
    let assert_last = |row: Result<Option<sea_orm::QueryResult>, DbErr>| {
        assert_eq!(row.unwrap().unwrap().try_get::<String>("", "behind").unwrap(), "last");
    };
    // On each of the readers.
    for _ in 0..2 {
        assert_last(fixture.readers.query_one_raw(statement(query, &[])).await);
    }
    assert_last(fixture.writer.query_one_raw(statement(query, &[])).await);
    let added = "ALTER TABLE notes ADD COLUMN more TEXT NOT NULL DEFAULT 'more'";
    fixture.stranger().execute_batch(added).unwrap();
    for _ in 0..2 {
        assert_last(fixture.readers.query_one_raw(statement(query, &[])).await);
    }
    assert_last(fixture.writer.query_one_raw(statement(query, &[])).await);
}

#[tokio::test]
async fn a_transaction_may_change_much_and_give_it_up() {
    let fixture = Fixture::new().await;
    let many = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)
        INSERT INTO notes (id, number) SELECT printf('%064d', n), 0 FROM numbers";
    fixture.writer.execute_unprepared(many).await.unwrap();
    let changed = statement("SELECT COALESCE(SUM(number), 0) AS sum FROM notes", &[]);
    for (kept, expected) in [(false, 0), (true, 100_000), (false, 100_000)] {
        let transaction = fixture.writer.begin().await.unwrap();
        for _ in 0..3 {
            transaction.execute_unprepared("UPDATE notes SET number = 1").await.unwrap();
        }
        if kept {
            transaction.commit().await.unwrap()
        } else {
            transaction.rollback().await.unwrap()
        }
        let row = fixture.readers.query_one_raw(changed.clone()).await.unwrap().unwrap();
        assert_eq!(row.try_get::<i64>("", "sum").unwrap(), expected);
    }
}

#[tokio::test]
async fn a_statement_is_prepared_once_whatever_its_values() {
    let fixture = Fixture::new().await;
    fixture.writer.execute_unprepared("CREATE INDEX many ON notes (id) WHERE number > 9").await.unwrap();
    let connection =
        Connection::open(&fixture.folder.path().join("test.sqlite"), Purpose::Read(HOUR)).unwrap();
    for text in [
        "SELECT id FROM notes WHERE id = $1 AND number > $2 LIMIT $3",
        "SELECT id FROM notes WHERE id LIKE $1 AND number > $2 ORDER BY number LIMIT $3",
    ] {
        for number in 0..5_i64 {
            let values = [format!("{number}%").into(), number.into(), (number + 1).into()];
            let statement = Statement::from_sql_and_values(DatabaseBackend::Sqlite, text, values);
            connection.query(&statement, usize::MAX).unwrap();
        }
        assert_eq!(connection.prepared_again(text), 0, "{text}");
    }
}

#[tokio::test]
async fn statements_of_which_one_fails_leave_nothing_behind() {
    let fixture = Fixture::new().await;
    let changes = fixture.ledger.changes();
    let half = "INSERT INTO notes (id) VALUES ('half'); INSERT INTO notes (id) VALUES ('half')";
    assert!(fixture.writer.execute_unprepared(half).await.is_err());
    assert!(fixture.notes().await.is_empty());
    assert_eq!(fixture.ledger.changes(), changes);
}

#[tokio::test]
async fn no_reader_goes_on_in_a_transaction_that_another_left_open() {
    let fixture = Fixture::new().await;
    for _ in 0..2 {
        fixture.readers.execute_unprepared("BEGIN").await.unwrap();
        // From here on it would see what it sees now.
        let seen = fixture.notes().await.len();
        fixture.adding(["first", "second"][seen]).await.unwrap().unwrap();
        assert_eq!(fixture.notes().await.len(), seen + 1);
    }
}
