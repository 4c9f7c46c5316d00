//! Single statements and transactions: their values, columns and errors.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};

use super::{
    super::{Connection, Purpose},
    Fixture, statement,
};
use crate::clock::HOUR;

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
