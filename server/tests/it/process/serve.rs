//! The running binary: what it prints and logs, its first start, its keys, and both databases.

use std::fs;

use domain::{
    db::{Database, location::DatabaseLocation},
    demo, keys,
};
use http::StatusCode;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::support::{
    ClientApp, OWNER, Tokens, authorize_url, empty_database, hidden, membership, pkce,
    rest::ITEMS,
    server::{Server, cookie, data, gatepass},
};

/// Lets the owner of Acme approve a new client for the REST API and the MCP server, as a person and the client do
/// it. Gives the tokens and everything else on the way that must stay secret.
async fn owner_tokens(server: &Server, db: &Database) -> (Tokens, Vec<String>) {
    let uri = "http://127.0.0.1/callback";
    let wish = json!({
        "redirect_uris": [uri],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
    });
    let client = ClientApp::registered(&server.post_json("/oauth/register", &[], &wish), uri);
    let origin = format!("http://{}", server.address);
    let page = [("origin", origin.as_str()), ("accept", "text/html")];

    let pair = [("email", OWNER), ("password", demo::PASSWORD)];
    let session = cookie(&server.post_form("/sign-in", &page, &pair));
    let scope = "mcp:read api:read";
    let asked = server.get(&authorize_url(&client, &[("scope", scope)]), &[("cookie", &session)]);
    let cookies = format!("{session}; {}", cookie(&asked));
    let page = [&page[..], &[("cookie", cookies.as_str())]].concat();
    let handle = asked.location().strip_prefix("/consent/").unwrap();
    let consent = server.get(asked.location(), &page).body;
    let csrf = hidden(&consent, "csrf");
    let seat = membership(db, OWNER, "acme", "support").await;
    let decision = [
        ("handle", handle),
        ("csrf", &csrf),
        ("decision", "approve"),
        ("product", &seat.product_id),
        ("scope", "mcp:read"),
        ("scope", "api:read"),
    ];
    let code = server.post_form("/oauth/consent", &page, &decision).location_param("code").unwrap();
    let (verifier, _) = pkce();
    let exchange = [
        ("grant_type", "authorization_code"),
        ("client_id", &client.id),
        ("code", &code),
        ("code_verifier", &verifier),
    ];
    let tokens = Tokens::of(&server.post_form("/oauth/token", &[], &exchange));
    let mut secrets = vec![code, handle.to_owned(), csrf.clone(), verifier, demo::PASSWORD.to_owned()];
    secrets.extend([tokens.access.clone(), tokens.refresh.clone()]);
    secrets.extend(cookies.split("; ").map(|pair| pair.split_once('=').unwrap().1.to_owned()));
    (tokens, secrets)
}

async fn demo_database(folder: &TempDir) -> Database {
    Database::connect(&DatabaseLocation::Sqlite(folder.path().join("demo.sqlite"))).await.unwrap()
}

/// The one line that says why a server does not start.
fn refusal(flags: &[&str]) -> String {
    let output = gatepass(&[&["serve", "--bind", "127.0.0.1:0"], flags].concat()).output().unwrap();
    let lines = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{lines}");
    assert_eq!(lines.lines().count(), 1, "{lines}");
    lines
}

#[test]
fn the_demo_says_in_one_line_where_to_go_and_whom_to_sign_in_as() {
    let folder = tempdir().unwrap();
    let mut server = Server::start(&["--demo", "--data-dir", data(&folder)], None);
    assert_eq!(server.get("/readyz", &[]).status, StatusCode::OK);
    let origin = format!("http://{}", server.address);
    let pair = [("email", OWNER), ("password", demo::PASSWORD)];
    let answer = server.post_form("/sign-in", &[("origin", &origin)], &pair);
    assert_eq!(answer.location(), "/");
    assert!(server.stop().success());
    let [line] = &server.said[..] else { panic!("{:?}", server.said) };
    for part in [origin.as_str(), OWNER, demo::PASSWORD] {
        assert!(line.contains(part), "{line}");
    }
}

#[tokio::test]
async fn each_log_line_is_an_object_that_names_its_request_and_no_secret() {
    for rust_log in [None, Some("info")] {
        let folder = tempdir().unwrap();
        let flags = ["--demo", "--data-dir", data(&folder), "--log-format", "json"];
        let mut server = Server::start(&flags, rust_log);
        let (tokens, mut secrets) = owner_tokens(&server, &demo_database(&folder).await).await;
        let stray = "stray-code-in-a-query";
        let strange = "strange-bearer-token";
        secrets.extend([stray.to_owned(), strange.to_owned()]);
        let bearer = tokens.bearer();
        let strange = format!("Bearer {strange}");
        let call = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": { "name": "list_work_items", "arguments": {} },
        });

        let answers = [
            server.get(ITEMS, &[("authorization", &bearer)]),
            server.get(ITEMS, &[("authorization", &strange), ("x-request-id", "named-by-the-client")]),
            server.post_json("/mcp", &[("authorization", &bearer)], &call),
            server.post_json("/mcp", &[("authorization", &strange)], &call),
            server.get(&format!("{ITEMS}?code={stray}&access_token={stray}"), &[("authorization", &bearer)]),
            server.get(&format!("/oauth/authorize?code={stray}"), &[]),
            server.get(&format!("/o/acme/support?code={stray}"), &[]),
            server.get(&format!("/nowhere?code={stray}"), &[]),
            server.get(&format!("/consent/{stray}"), &[]),
            server.post_form(
                "/oauth/token",
                &[],
                &[("grant_type", "authorization_code"), ("client_id", "app_0"), ("code", stray)],
            ),
        ];
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(statuses, [200, 401, 200, 401, 400, 400, 303, 404, 303, 401]);
        assert_eq!(answers[1].header("x-request-id"), "named-by-the-client");
        assert!(server.stop().success());

        let log = server.log();
        let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines.iter().all(Value::is_object), "{log}");
        let named = |id: &str| {
            let names_it = |span: &Value| span["name"] == "request" && span["id"] == id;
            lines.iter().any(|line| line["spans"].as_array().is_some_and(|spans| spans.iter().any(names_it)))
        };
        for answer in &answers {
            assert!(named(answer.header("x-request-id")), "{:?} is not in {log}", answer.headers);
        }
        for secret in &secrets {
            assert!(!secret.is_empty());
            assert!(!log.contains(secret), "{secret} is in {log}");
        }
    }
}

#[tokio::test]
async fn uses_are_written_when_the_server_is_told_to_stop() {
    let folder = tempdir().unwrap();
    let mut server = Server::start(&["--demo", "--data-dir", data(&folder)], None);
    let db = demo_database(&folder).await;
    let (tokens, _) = owner_tokens(&server, &db).await;
    let answer = server.get(ITEMS, &[("authorization", &tokens.bearer())]);
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let status = server.stop();
    assert_eq!(status.code(), Some(0), "{status}");
    let grants = domain::grants::tables::grant::Entity::find().all(db.read()).await.unwrap();
    assert_eq!(grants.iter().map(|grant| grant.use_count).collect::<Vec<_>>(), [1]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_takes_as_many_descriptors_as_it_may_have() {
    let folder = tempdir().unwrap();
    let start = "ulimit -Sn 256; ulimit -Hn 4096; exec \"$0\" \"$@\"";
    let server = Server::start_by(start, &["--demo", "--data-dir", data(&folder)], None);
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.pid())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    assert_eq!(line.split_whitespace().nth(3), Some("4096"), "{line}");
}

#[tokio::test]
async fn a_new_database_is_migrated_and_then_served_with_its_own_master_key_only() {
    let folder = tempdir().unwrap();
    let url = empty_database(&folder).await;
    let key = folder.path().join("the.key");
    let flags = ["--database-url", &url, "--master-key-file", key.to_str().unwrap()];
    let missing = format!("gatepass: {} is missing; ", key.display());

    let migrated = gatepass(&["migrate", "--database-url", &url]).output().unwrap();
    assert!(migrated.status.success(), "{migrated:?}");
    assert_eq!(migrated.stdout, b"The database has the newest schema.\n");
    // Replicas share a key, so none of them makes it.
    if url.starts_with("postgres:") {
        assert!(refusal(&flags).starts_with(&missing));
        keys::master_key(&key, true).unwrap();
    }
    let mut server = Server::start(&flags, None);
    assert_eq!(server.get("/readyz", &[]).status, StatusCode::OK);
    assert!(server.stop().success());
    let address = server.address;
    assert_eq!(server.said[0], format!("Gatepass serves http://{address}"));
    let link = format!("http://{address}/setup?token=");
    assert!(server.said.len() == 2 && server.said[1].contains(&link), "{:?}", server.said);
    assert!(!server.log().contains("token="), "the link is in the log: {}", server.log());

    fs::remove_file(&key).unwrap();
    assert!(refusal(&flags).starts_with(&missing));
    keys::master_key(&key, true).unwrap();
    assert!(refusal(&flags).contains("the master key does not open the signing keys"));
}

#[tokio::test]
async fn keys_are_rotated_beside_a_running_server() {
    let folder = tempdir().unwrap();
    let url = empty_database(&folder).await;
    let path = folder.path().join("the.key");
    let options = |key: &str| {
        vec!["--database-url".to_owned(), url.clone(), "--master-key-file".to_owned(), key.to_owned()]
    };
    let rotate = |key: &str| {
        let options = options(key);
        let arguments: Vec<_> =
            ["keys", "rotate"].into_iter().chain(options.iter().map(String::as_str)).collect();
        let output = gatepass(&arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let refused = |key: &str, why: &str| {
        let (success, stdout, stderr) = rotate(key);
        assert!(!success && stdout.is_empty(), "{stdout}");
        assert!(stderr.starts_with("gatepass: ") && stderr.contains(why), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    };
    let key = path.to_str().unwrap();
    assert!(gatepass(&["migrate", "--database-url", &url]).status().unwrap().success());
    refused(key, "no signing key yet");
    assert!(!path.exists(), "a command that rotates makes no master key");
    keys::master_key(&path, true).unwrap();

    let flags = options(key);
    let mut server = Server::start(&flags.iter().map(String::as_str).collect::<Vec<_>>(), None);
    let published =
        |server: &Server| server.get("/oauth/jwks.json", &[]).json()["keys"].as_array().unwrap().clone();
    let before = published(&server);
    assert_eq!(before.len(), 1);
    let other = folder.path().join("other.key");
    refused(other.to_str().unwrap(), "is missing");
    keys::master_key(&other, true).unwrap();
    refused(other.to_str().unwrap(), "the master key does not open the signing keys");

    let (success, said, log) = rotate(key);
    assert!(success, "{log}");
    // Within about a second, without a restart.
    let after = (0..1_000_000).map(|_| published(&server)).find(|keys| keys.len() == 2).unwrap();
    assert_eq!(after[1], before[0]);
    assert!(said.contains(after[0]["kid"].as_str().unwrap()) && said.lines().count() == 1, "{said}");
    refused(key, "a new key is waiting already: it signs from 20");
    assert!(server.stop().success());
}
