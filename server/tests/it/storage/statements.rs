//! The statements that an operation takes. Whoever adds one to a path that every client goes finds it here.

use domain::db::statements::{Noted, Way};
use http::StatusCode;
use sea_orm::DatabaseBackend;
use serde_json::json;

use crate::support::{
    OWNER, TestApp, Tokens, authorize_url,
    client_credentials::{allowed, ask},
    hidden,
    introspection::{self, resource_server},
    mcp::{message, post},
    rest,
};

/// Operations, and what each takes: reads by themselves, statements in transactions, writes by themselves, transactions.
/// On PostgreSQL each of them is a round trip, and a transaction two: its beginning and its end. There every request asks for
/// its client and every call for its grant.
const TABLE: [(&str, [usize; 4]); 12] = [
    ("authorization request", [3, 0, 1, 0]),
    ("consent page", [7, 0, 0, 0]),
    ("approval", [2, 8, 0, 1]),
    ("code exchange", [1, 5, 0, 1]),
    ("refresh", [1, 3, 0, 1]),
    ("next refresh", [0, 3, 0, 1]),
    ("client credentials", [2, 0, 0, 0]),
    ("first call", [1, 1, 0, 1]),
    ("next call", [0, 1, 0, 1]),
    ("tools/list", [0, 0, 0, 0]),
    // Of a token with which a call was made.
    ("introspection", [1, 0, 0, 0]),
    ("revocation", [1, 3, 0, 1]),
];

/// What an operation took.
struct Taken(Vec<(&'static str, Noted)>);

impl Taken {
    /// Ends what is noted for an operation; the next one begins.
    fn note(&mut self, app: &TestApp, operation: &'static str) {
        self.0.push((operation, app.db().statements().take()));
    }
}

#[tokio::test]
async fn an_operation_takes_no_more_statements_than_it_has_to() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let service = allowed(&app).await;
    let resources = resource_server(&app).await;
    let mut browser = app.signed_in(OWNER).await;
    let product = app.product_id("acme", "support").await;
    let mut taken = Taken(Vec::new());
    app.db().statements().take();

    let waiting = browser.get(&authorize_url(&client, &[("scope", "mcp:read api:read")])).await;
    taken.note(&app, "authorization request");
    let handle = waiting.location().strip_prefix("/consent/").unwrap().to_owned();
    let page = browser.get(&format!("/consent/{handle}")).await;
    taken.note(&app, "consent page");
    let form = (handle, hidden(&page.body, "csrf"));
    let answer = browser.decide(&form, "approve", &product, "mcp:read api:read").await;
    taken.note(&app, "approval");
    let code = answer.location_param("code").unwrap();
    let first = client.exchange(&app, &code).await;
    taken.note(&app, "code exchange");
    let first = Tokens::of(&first);
    let tokens = Tokens::of(&client.refresh(&app, &first.refresh).await);
    taken.note(&app, "refresh");
    let tokens = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    taken.note(&app, "next refresh");
    assert_eq!(ask(&app, &service, &[]).await.status, StatusCode::OK);
    taken.note(&app, "client credentials");
    for operation in ["first call", "next call"] {
        assert_eq!(rest::get(&app, &tokens, rest::ITEMS).await.status, StatusCode::OK);
        taken.note(&app, operation);
    }
    let listed = post(&app, &tokens, &message("tools/list", json!({}))).await;
    assert_eq!(listed.status, StatusCode::OK);
    taken.note(&app, "tools/list");
    assert!(introspection::scopes(&app, &resources, &tokens.access).await.is_some());
    taken.note(&app, "introspection");
    let revoked = client.post(&app, "/oauth/revoke", &[("token", &tokens.refresh)]).await;
    assert_eq!(revoked.status, StatusCode::OK);
    taken.note(&app, "revocation");

    let postgres = app.db().backend() == DatabaseBackend::Postgres;
    let mut wrong = Vec::new();
    for ((operation, noted), (name, most)) in taken.0.iter().zip(TABLE) {
        assert_eq!(*operation, name);
        let many = |ways: &[Way]| noted.iter().filter(|(way, _)| ways.contains(way)).count();
        let counts = [
            many(&[Way::Read, Way::List]),
            many(&[Way::Transaction]),
            many(&[Way::Write]),
            many(&[Way::Begin]),
        ];
        let [reads, inside, writes, transactions] = counts;
        let round_trips = reads + inside + writes + 2 * transactions;
        println!("{operation}: {counts:?}, round trips {round_trips}");
        let most = if postgres { on_postgres(name, most) } else { most };
        if counts != most {
            let texts: Vec<_> = noted.iter().map(|(way, it)| format!("  {way:?}: {}", it.sql)).collect();
            wrong.push(format!("{operation}: {counts:?}, not {most:?}\n{}", texts.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The counts on PostgreSQL, where they differ. Row-level security is told its product with the beginning of a transaction.
fn on_postgres(operation: &str, [reads, inside, writes, transactions]: [usize; 4]) -> [usize; 4] {
    match operation {
        "next call" | "tools/list" | "introspection" | "next refresh" | "revocation" => {
            [reads + 1, inside, writes, transactions]
        }
        _ => [reads, inside, writes, transactions],
    }
}
