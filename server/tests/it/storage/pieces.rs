//! The clean-up of very many rows: a piece at a time, with turns for others in between.

use std::time::Duration;

use domain::{
    clock::{DAY, HOUR, MINUTE},
    db::pieces::PIECE,
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::{CALLBACK, ClientApp, MEMBER, TestApp};

/// Full pieces of each kind.
const PIECES: u64 = 4;
/// Rows of each kind.
const ROWS: u64 = PIECES * PIECE;
/// So many that whoever writes meanwhile is done long before they are gone.
const MANY: u64 = 20 * PIECE;
/// The clock does not move, but nothing goes on for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// Inserts what a query makes of the numbers `n` from 1 to [`ROWS`].
async fn insert(app: &TestApp, into: &str, select: &str) {
    insert_rows(app, ROWS, into, select).await;
}

async fn insert_rows(app: &TestApp, rows: u64, into: &str, select: &str) {
    app.execute(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})
        INSERT INTO {into} SELECT {select} FROM numbers"
    ))
    .await;
}

async fn add_sessions(app: &TestApp, rows: u64) {
    let user = app.user_id(MEMBER).await;
    let columns = "sessions (id_hash, user_id, created_at, expires_at, address)";
    insert_rows(app, rows, columns, &format!("'s' || n, '{user}', 1, 1, ''")).await;
}

/// Registers a program, and adds others of the same name. They are old, and nobody used them.
async fn add_clients(app: &TestApp) -> ClientApp {
    let body =
        json!({ "client_name": "Tool", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let client = ClientApp::registered(&app.post_json("/oauth/register", &body, &[]).await, CALLBACK);
    let same = "entry_id, source, name, redirect_uris, auth_method, grant_types, verified, created_at,
        created_address, description";
    let copied = format!("'app_' || n, {same} FROM clients, numbers WHERE id = '{}'", client.id);
    app.execute(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < {ROWS})
        INSERT INTO clients (id, {same}) SELECT {copied}"
    ))
    .await;
    app.execute(&format!("UPDATE client_entries SET registrations = {ROWS} WHERE registrations = 1")).await;
    app.clock.advance(8 * DAY);
    client
}

/// Adds what is ended or removed together with an unused client.
async fn add_of_clients(app: &TestApp, client: &ClientApp) {
    let id = &client.id;
    let requests = "authorization_requests (handle_hash, browser_hash, client_id, redirect_uri, scopes,
        resources, code_challenge, created_at, expires_at, bytes)";
    for (name, ended) in [("old", 2 * DAY), ("late", 2 * HOUR)] {
        let at = app.now() - ended;
        insert(app, requests, &format!("'{name}' || n, '', '{id}', 'x', '', '', '', 1, {at}, 1")).await;
    }
}

/// Adds grants that were never used and their codes, of a client that is used.
async fn add_grants(app: &TestApp, client: &ClientApp) {
    let (user, id, now) = (app.user_id(MEMBER).await, &client.id, app.now());
    let grants =
        "grants (id, user_id, client_id, scopes, resources, status, authorized_at, authorized_address,
        use_count)";
    for (name, status, at) in [("grt_p", "pending", now - HOUR), ("grt_e", "expired", now - 2 * DAY)] {
        let row = format!("'{name}' || n, '{user}', '{id}', 'mcp:read', 'mcp', '{status}', {at}, '', 0");
        insert(app, grants, &row).await;
    }
    let event = format!("'evt_9' || n, {now}, 'grant.authorized', '', '{id}', 'grt_e' || n");
    insert(app, "audit_events (id, at, action, address, client_id, grant_id)", &event).await;
    let codes = "codes (hash, grant_id, client_id, redirect_uri, code_challenge, created_at, expires_at)";
    for (name, grant, at) in [("p", "grt_p", now - MINUTE), ("e", "grt_e", now - 2 * DAY)] {
        insert(app, codes, &format!("'{name}' || n, '{grant}' || n, '{id}', '', '', 1, {at}")).await;
    }
}

/// Adds tokens of a grant that lives.
async fn add_tokens(app: &TestApp, client: &ClientApp, grant: &str) {
    let (id, now) = (&client.id, app.now());
    let refresh = "refresh_tokens (hash, grant_id, client_id, resources, created_at, expires_at,
        family_expires_at, rotated_at, replay, replay_count, access_jti, access_expires_at)";
    for (name, at) in [("kept", now + DAY), ("old", now - 2 * DAY)] {
        let replay = if name == "kept" { "'sealed'" } else { "NULL" };
        let row = format!("'{name}' || n, '{grant}', '{id}', 'mcp', 1, {at}, {at}, 1, {replay}, 0, '', 1");
        insert(app, refresh, &row).await;
    }
    insert(app, "revoked_tokens (jti, expires_at)", "'j' || n, 1").await;
    insert(app, "used_assertions (hash, expires_at)", "'h' || n, 1").await;
    insert(app, "service_tokens (jti, grant_id, expires_at)", &format!("'j' || n, '{grant}', 1")).await;
}

#[tokio::test]
async fn thousands_of_each_kind_go_in_pieces_of_no_more_than_their_limit() {
    let app = TestApp::start().await;
    let unused = add_clients(&app).await;
    let used = app.public_client().await;
    let tokens = app.tokens(MEMBER, &used, "api:read").await;
    let used_requests = app.rows("authorization_requests", "true").await;
    add_sessions(&app, ROWS).await;
    add_of_clients(&app, &unused).await;
    add_grants(&app, &used).await;
    add_tokens(&app, &used, &app.grant_of(&tokens)).await;
    app.db().statements().take();
    app.sweep().await;
    let noted: Vec<String> =
        app.db().statements().take().into_iter().map(|(_, statement)| statement.sql).collect();
    // As many full pieces as there are, and one that finds nothing: none of them took more than its limit, or there
    // would have been fewer. Grants take their record and codes along, which have pieces of their own.
    for (statement, pieces) in [
        ("DELETE FROM \"sessions\"", PIECES + 1),
        ("UPDATE \"authorization_requests\"", 2 * PIECES + 1),
        ("UPDATE \"grants\"", PIECES + 1),
        ("UPDATE \"refresh_tokens\"", PIECES + 1),
        ("DELETE FROM \"revoked_tokens\"", PIECES + 1),
        ("DELETE FROM \"used_assertions\"", PIECES + 1),
        ("DELETE FROM \"grants\"", PIECES),
        ("DELETE FROM \"clients\"", ROWS / 100),
    ] {
        let many = noted.iter().filter(|noted| noted.starts_with(statement)).count();
        assert_eq!(many, pieces as usize, "{statement}");
    }
    for statement in noted.iter().filter(|noted| noted.contains("DELETE") || noted.contains("UPDATE")) {
        let bounded = statement.contains("LIMIT") || statement.contains("signing_keys");
        let named = statement.contains("client_entries") || statement.contains("IN (");
        assert!(bounded || named, "{statement}");
    }
    let lives = format!("expires_at > {}", app.now());
    for (table, condition, left) in [
        ("sessions", "id_hash LIKE 's%' AND expires_at = 1", 0),
        ("authorization_requests", "true", used_requests),
        ("codes", "hash LIKE 'e%' AND created_at = 1", 0),
        ("codes", "hash LIKE 'p%' AND created_at = 1", ROWS as i64),
        ("refresh_tokens", "replay IS NOT NULL", 0),
        ("refresh_tokens", &lives, ROWS as i64 + 1),
        ("refresh_tokens", "true", ROWS as i64 + 1),
        ("revoked_tokens", "true", 0),
        ("used_assertions", "true", 0),
        ("service_tokens", "true", 0),
        ("grants", "status = 'pending'", 0),
        ("grants", "status = 'expired'", ROWS as i64),
        ("audit_events", "id LIKE 'evt_9%'", 0),
        ("clients", "name = 'Tool'", 0),
        ("client_entries", "name = 'Tool'", 0),
        ("audit_events", &format!("client_id = '{}'", unused.id), 0),
    ] {
        assert_eq!(app.rows(table, condition).await, left, "{table}: {condition}");
    }
    app.assert_counts("the sweep").await;
    assert_eq!(app.call_api(&tokens).await.status, http::StatusCode::OK);
}

/// Writes in transactions of its own until it finds fewer rows than `all` in a table. Returns how many are left.
async fn written_between(app: &TestApp, table: &str, all: u64) -> u64 {
    let count = format!("SELECT COUNT(*) AS n FROM {table}");
    loop {
        let transaction = app.db().begin().await.unwrap();
        transaction.execute_unprepared("UPDATE settings SET value = value").await.unwrap();
        let rows = Statement::from_string(app.db().backend(), count.as_str());
        let rows = transaction.query_one_raw(rows).await.unwrap().unwrap();
        transaction.commit().await.unwrap();
        let left = rows.try_get::<i64>("", "n").unwrap().unsigned_abs();
        if left < all {
            return left;
        }
    }
}

#[tokio::test]
async fn whoever_writes_meanwhile_gets_a_turn_before_the_clean_up_ends() {
    let app = TestApp::start().await;
    add_sessions(&app, MANY).await;
    let both = async { tokio::join!(app.sweep(), written_between(&app, "sessions", MANY)) };
    let ((), left) = tokio::time::timeout(PATIENCE, both).await.unwrap();
    assert!(left > 0, "it waited until all was gone");
    assert_eq!(left % PIECE, 0, "what is gone went in whole pieces");
    assert_eq!(app.rows("sessions", "true").await, 0);
}

#[tokio::test]
async fn a_clean_up_that_has_to_stop_goes_on_next_time() {
    let app = TestApp::start().await;
    add_sessions(&app, MANY).await;
    insert(&app, "revoked_tokens (jti, expires_at)", "'j' || n, 1").await;
    let stop = CancellationToken::new();
    let stopping = async {
        written_between(&app, "sessions", MANY).await;
        stop.cancel();
    };
    let both = async { tokio::join!(app.sweep_until(&stop, app.now()), stopping) };
    tokio::time::timeout(PATIENCE, both).await.unwrap();
    let left = app.rows("sessions", "true").await.unsigned_abs();
    assert!(left > 0 && left < MANY && left % PIECE == 0, "{left}");
    assert_eq!(app.rows("revoked_tokens", "true").await.unsigned_abs(), ROWS, "nothing else was begun");
    app.sweep().await;
    assert_eq!((app.rows("sessions", "true").await, app.rows("revoked_tokens", "true").await), (0, 0));
}

#[tokio::test]
async fn a_clean_up_that_is_cut_off_leaves_right_counts_and_goes_on_next_time() {
    let app = TestApp::start().await;
    add_clients(&app).await;
    let cut = async {
        tokio::select! {
            left = written_between(&app, "clients", ROWS) => left,
            () = app.sweep() => panic!("nobody got a turn"),
        }
    };
    assert!(tokio::time::timeout(PATIENCE, cut).await.unwrap() > 0);
    assert!(app.rows("clients", "true").await > 0);
    app.assert_counts("a clean-up that was cut off").await;
    app.assert_nothing_open().await;
    app.sweep().await;
    assert_eq!(app.rows("clients", "true").await, 0);
    app.assert_counts("the next one").await;
}
