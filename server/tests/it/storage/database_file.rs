//! The database's files: who can read them, what happens when they go, and how large the log of writes becomes.

use std::{
    fs,
    io::Write,
    net::TcpStream,
    path::{Path, PathBuf},
};

use domain::{
    clock::{Clock, SECOND, SystemClock},
    db::{
        Database,
        location::DatabaseLocation,
        private_files::{beside, prepare_database},
    },
};
use http::StatusCode;
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use serde_json::json;
use tempfile::tempdir;

use crate::support::{
    Answer, MEMBER, TestApp, authorize_url,
    server::{PATIENCE, Server, data, gatepass},
};

/// The database file of a test on SQLite.
fn file(app: &TestApp) -> Option<PathBuf> {
    app.database.location.file().map(Path::to_owned)
}

async fn register(app: &TestApp, name: &str) -> Answer {
    let wish = json!({
        "client_name": name,
        "redirect_uris": ["http://127.0.0.1/callback"],
        "token_endpoint_auth_method": "none",
    });
    app.post_json("/oauth/register", &wish, &[]).await
}

/// The answer of a server whose database file was looked at a moment ago.
async fn assert_unusable(app: &TestApp, reason: &str) {
    app.db().watch().await.unwrap();
    let ready = app.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready.body.contains(reason), "{}", ready.body);
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK, "the process lives");
    let answers = [
        register(app, "late").await,
        app.get("/sign-in").await,
        app.get("/api/v1/work-items").await,
        app.get("/mcp").await,
        app.get("/nowhere").await,
    ];
    for answer in answers {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
        assert_eq!(answer.header("retry-after"), "10");
    }
    assert!(app.db().begin().await.is_err(), "jobs write nothing either");
}

async fn assert_usable(app: &TestApp) {
    app.db().watch().await.unwrap();
    assert_eq!(app.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(register(app, "again").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_database_file_that_goes_is_not_served_from() {
    let app = TestApp::start().await;
    let Some(file) = file(&app) else { return };
    assert_usable(&app).await;
    let away = beside(&file, "-away");
    fs::rename(&file, &away).unwrap();
    assert_unusable(&app, "deleted or moved").await;
    fs::copy(&away, &file).unwrap();
    assert_unusable(&app, "replaced by another one").await;
    fs::rename(&away, &file).unwrap();
    assert_usable(&app).await;
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions.clone()).unwrap();
    assert_unusable(&app, "read-only").await;
    #[expect(clippy::permissions_set_readonly_false, reason = "the folder is the test's own")]
    permissions.set_readonly(false);
    fs::set_permissions(&file, permissions).unwrap();
    assert_usable(&app).await;
}

#[test]
fn a_running_server_notices_that_its_database_file_is_gone() {
    let folder = tempdir().unwrap();
    let server = Server::start(&["--demo", "--data-dir", data(&folder)], None);
    let ready = || server.get("/readyz", &[]);
    assert_eq!(ready().status, StatusCode::OK);
    fs::remove_file(folder.path().join("demo.sqlite")).unwrap();
    let began = SystemClock.monotonic();
    while ready().status == StatusCode::OK {
        assert!(SystemClock.monotonic() - began < 60 * SECOND);
    }
    assert!(ready().body.contains("deleted or moved"));
    assert_eq!(server.log().matches("deleted or moved").count(), 1, "{}", server.log());
}

#[tokio::test]
async fn a_read_only_or_strange_database_is_refused_with_one_line() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("gatepass.sqlite");
    let refusal = || {
        let data = data(&folder);
        let output = gatepass(&["serve", "--bind", "127.0.0.1:0", "--data-dir", data]).output().unwrap();
        let lines = String::from_utf8(output.stderr).unwrap();
        let reasons: Vec<_> = lines.lines().filter(|line| line.starts_with("gatepass: ")).collect();
        assert!(!output.status.success() && reasons.len() == 1, "{lines}");
        reasons[0].to_owned()
    };
    fs::write(&path, "no database at all, but long enough to be looked at as one by whoever opens it")
        .unwrap();
    assert!(refusal().contains("not a database"));
    fs::write(&path, "").unwrap();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    assert!(refusal().contains("read-only"));
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_data_folder() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    let data = folder.path().join("deep/data");
    let flags = ["--data-dir", data.to_str().unwrap()];
    let names = ["gatepass.sqlite", "gatepass.sqlite-wal", "gatepass.sqlite-shm", "master.key"];
    let assert_closed = || {
        assert_eq!(mode(&data), 0o700);
        for name in names {
            assert_eq!(mode(&data.join(name)), 0o600, "{name}");
        }
    };
    let mut server = Server::start(&flags, None);
    assert_closed();
    assert!(server.stop().success(), "{}", server.log());
    // As an older version, a copy or an operator left them.
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["gatepass.sqlite", "master.key"] {
        fs::set_permissions(data.join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let mut server = Server::start(&flags, None);
    assert_closed();
    assert!(server.stop().success());
    assert_eq!(server.log().matches("others on this machine could read this").count(), 3, "{}", server.log());
    // A folder that holds more than ours is somebody else's to open and close.
    fs::write(data.join("notes"), "").unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    let _server = Server::start(&flags, None);
    assert_eq!(mode(&data), 0o755);
}

#[cfg(unix)]
#[test]
fn what_a_crash_leaves_beside_a_database_is_closed_to_others_too() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    let file = folder.path().join("gatepass.sqlite");
    let files = [file.clone(), beside(&file, "-wal"), beside(&file, "-shm")];
    for path in &files {
        fs::write(path, "").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    prepare_database(&file).unwrap();
    assert_eq!(files.each_ref().map(|path| mode(path)), [0o600; 3]);
}

#[test]
fn a_data_folder_may_have_any_name() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("a b%20c%?d=e#f&g;'\"é");
    let data = data.to_str().unwrap();
    let mut create =
        gatepass(&["user", "create", "--email", "a@example.com", "--password-stdin", "--data-dir", data]);
    let mut create = create.stdin(std::process::Stdio::piped()).spawn().unwrap();
    create.stdin.take().unwrap().write_all(b"correct horse\n").unwrap();
    assert!(create.wait().unwrap().success());
    for _ in 0..2 {
        let mut server = Server::start(&["--data-dir", data], None);
        let origin = format!("http://{}", server.address);
        let pair = [("email", "a@example.com"), ("password", "correct horse")];
        let answer = server.post_form("/sign-in", &[("origin", &origin)], &pair);
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        assert!(server.stop().success());
    }
    let mut names: Vec<_> =
        fs::read_dir(data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["gatepass.sqlite", "master.key"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was made elsewhere");
}

#[test]
fn the_log_of_writes_is_in_the_database_when_the_server_has_stopped() {
    let folder = tempdir().unwrap();
    let mut server = Server::start(&["--demo", "--data-dir", data(&folder)], None);
    let wal = folder.path().join("demo.sqlite-wal");
    assert!(wal.exists());
    // Its body never comes, and the server does not wait for it without end.
    let mut pending = TcpStream::connect(server.address).unwrap();
    let head = "POST /oauth/token HTTP/1.1\r\nhost: gatepass\r\ncontent-length: 1000\r\n\r\ngrant_type=";
    pending.write_all(head.as_bytes()).unwrap();
    assert_eq!(server.get("/readyz", &[]).status, StatusCode::OK);
    assert!(server.stop().success(), "{}", server.log());
    assert!(!wal.exists() && !folder.path().join("demo.sqlite-shm").exists());
}

#[tokio::test]
async fn the_log_of_writes_stays_small_under_load() {
    let no_limits = [
        "--authorize-limit",
        "--authorize-address-limit",
        "--waiting-requests-max",
        "--waiting-requests-max-bytes",
    ];
    let no_limits = no_limits.map(|flag| [flag, "1000000000"]).concat();
    let app = TestApp::start_with(&no_limits).await;
    let Some(file) = file(&app) else { return };
    let wal = beside(&file, "-wal");
    let client = app.public_client().await;
    let state = "s".repeat(7_000);
    let url = authorize_url(&client, &[("state", &state), ("scope", "api:read")]);
    let mut largest = 0;
    for second in 0..20 {
        // More than 150 in a second, and somebody who reads all the time.
        let reading = app.db().begin_read().await.unwrap();
        for _ in 0..200 {
            let answer = app.get(&url).await;
            assert!(answer.status.is_redirection(), "{} {}", answer.status, answer.body);
        }
        let read = domain::clients::tables::client::Entity::find().all(&reading).await.unwrap();
        assert_eq!(read.len(), 1);
        drop(reading);
        app.db().watch().await.unwrap();
        largest = largest.max(fs::metadata(&wal).unwrap().len());
        assert!(largest < 64 * 1024 * 1024, "{largest} bytes after {second} seconds");
    }
}

/// No test can cut the power: SQLite is asked what it does for that.
#[tokio::test]
async fn what_is_committed_is_on_the_disk_and_refers_to_what_is_there() {
    let app = TestApp::start().await;
    if file(&app).is_none() {
        return;
    }
    let pragma = async |name: &str| {
        let statement = Statement::from_string(app.db().backend(), format!("PRAGMA {name}"));
        let row = app.db().write().query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap()
    };
    assert_eq!(pragma("synchronous").await, 2, "FULL: the log of writes is synced at every commit");
    assert_eq!(pragma("foreign_keys").await, 1);
}

/// Another process, such as a command of an operator, writes between what a transaction reads and what it writes.
#[tokio::test]
async fn a_transaction_that_has_read_may_write_whoever_else_wants_to() {
    let app = TestApp::start().await;
    if file(&app).is_none() {
        return;
    }
    let other = Database::connect(&app.database.location).await.unwrap();
    let transaction = app.db().begin().await.unwrap();
    domain::clients::tables::client::Entity::find().all(&transaction).await.unwrap();
    let writing = tokio::spawn(async move { other.probe(1).await });
    for _ in 0..50 {
        app.user_id(MEMBER).await;
    }
    assert!(!writing.is_finished(), "it waits for its turn");
    transaction.execute_unprepared("UPDATE users SET name = name").await.unwrap();
    transaction.commit().await.unwrap();
    writing.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_read_that_takes_too_long_is_ended() {
    let app = TestApp::start().await;
    if file(&app).is_none() {
        return;
    }
    let db = Database::connect_with(&app.database.location, 50).await.unwrap();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n";
    let endless = || Statement::from_string(db.backend(), endless);
    // More often than there are connections: each can be used again.
    for _ in 0..10 {
        let ended = tokio::time::timeout(PATIENCE, db.read().query_one_raw(endless())).await;
        assert!(ended.expect("it ends").unwrap_err().to_string().contains("interrupted"));
        let transaction = db.begin_read().await.unwrap();
        let ended = tokio::time::timeout(PATIENCE, transaction.query_one_raw(endless())).await;
        assert!(ended.expect("it ends").is_err());
    }
    let clients = domain::clients::tables::client::Entity::find().all(db.read()).await.unwrap();
    assert!(clients.is_empty());
}

#[tokio::test]
async fn a_commit_that_fails_is_an_error_and_harms_no_later_one() {
    let app = TestApp::start().await;
    let DatabaseLocation::Postgres(_) = &app.database.location else {
        // `full_disk.rs` has it for SQLite.
        return;
    };
    let poison = "
        CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF NEW.name = 'poison' THEN RAISE EXCEPTION 'poison'; END IF; RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER refuse_poison AFTER INSERT ON clients DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION refuse_poison();";
    app.db().write().execute_unprepared(poison).await.unwrap();
    let mut kept = Vec::new();
    // More often than there are connections.
    for number in 0..40 {
        let failed = register(&app, "poison").await;
        assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", failed.body);
        // Rolls back.
        let client = app.public_client().await;
        assert_eq!(client.refresh(&app, "unknown").await.status, StatusCode::BAD_REQUEST);
        let answer = register(&app, &format!("client {number}")).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        kept.push(answer.json()["client_id"].as_str().unwrap().to_owned());
        assert_eq!(app.get("/readyz").await.status, StatusCode::OK);
    }
    let elsewhere = app.database.connect().await;
    let clients = domain::clients::tables::client::Entity::find().all(elsewhere.read()).await.unwrap();
    for id in &kept {
        assert!(clients.iter().any(|client| *client.id == **id), "an acknowledged registration is gone");
    }
    assert!(clients.iter().all(|client| client.name != "poison"));
    elsewhere.close().await.unwrap();
}
