//! Many writers at the same time, and reads beside them.

use sea_orm::ConnectionTrait;

use super::{
    super::{LongReaders, turn::MEMBERS_MAX},
    ENDLESS, Fixture, add, settle, statement,
};
use crate::clock::SECOND;

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
