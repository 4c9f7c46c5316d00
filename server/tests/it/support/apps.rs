//! Server functions by which people deal with clients, as the pages call them.

use domain::{
    clock::Millis,
    db::{Database, pieces::Pieces},
    grants::software_counts,
    jobs::cleanup,
};
use http::StatusCode;
use sea_orm::{ConnectionTrait, DatabaseBackend};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use types::{
    admin::{AdminClientPage, ClientsPage},
    apps::{AppsPage, GrantDetails},
    client::{ClientDetails, ClientType, Credentials},
    client_form::ClientForm,
    consent::{ConsentPage, ConsentView},
    failure::Failure,
};

use super::{Browser, ClientApp, TestApp, Tokens, authorize_url};

/// The address at which the apps of these tests get their answers.
pub const CALLBACK: &str = "https://reports.example/cb";

/// A form with this name and these redirect URIs.
pub fn form(name: &str, uris: &[&str]) -> ClientForm {
    ClientForm {
        name: name.to_owned(),
        redirect_uris: uris.iter().map(|&uri| uri.to_owned()).collect(),
        ..ClientForm::default()
    }
}

impl Browser<'_> {
    /// The answer of a server function that did what it was asked.
    pub async fn ask<T: DeserializeOwned>(&mut self, function: &str, arguments: Value) -> T {
        let answer = self.call(function, &arguments).await;
        assert_eq!(answer.status, StatusCode::OK, "{function} {arguments}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error} in {}", answer.body))
    }

    /// Why a server function does not do what it is asked.
    pub async fn refusal(&mut self, function: &str, arguments: Value) -> Failure {
        let answer = self.call(function, &arguments).await;
        let failure: Failure = serde_json::from_str(&answer.body)
            .unwrap_or_else(|_| panic!("{function} {arguments}: {} {}", answer.status, answer.body));
        assert_eq!(answer.status.as_u16(), failure.status());
        failure
    }

    /// Registers an app of the signed-in person's.
    pub async fn register(&mut self, name: &str, kind: ClientType) -> ClientApp {
        let arguments = json!({ "form": form(name, &[CALLBACK]), "kind": kind });
        let made: Credentials = self.ask("create_oauth_app", arguments).await;
        ClientApp::new(made.client_id, made.client_secret, CALLBACK)
    }

    /// The Apps tab of an organization.
    pub async fn connected_apps(&mut self, organization: &str, query: Value) -> AppsPage {
        self.ask("connected_apps", json!({ "organization": organization, "query": query })).await
    }

    /// One access, as its person sees it.
    pub async fn connected_app(&mut self, grant_id: &str) -> GrantDetails {
        self.ask("connected_app", json!({ "grant_id": grant_id, "activity_page": 1 })).await
    }

    /// The clients that an administrator sees.
    pub async fn admin_clients(&mut self, query: Value) -> ClientsPage {
        self.ask("admin_clients", json!({ "query": query })).await
    }

    /// One client, as an administrator sees it.
    pub async fn admin_client(&mut self, id: &str) -> AdminClientPage {
        let arguments = json!({ "client_id": id, "grants_page": 1, "activity_page": 1 });
        self.ask("admin_client", arguments).await
    }

    /// One app, as its owner sees it.
    pub async fn app_details(&mut self, client: &ClientApp) -> ClientDetails {
        self.ask("oauth_app", json!({ "client_id": client.id, "activity_page": 1 })).await
    }

    /// The consent page of a new request of this client.
    pub async fn consent_page(&mut self, client: &ClientApp) -> ConsentPage {
        let (handle, _) = self.open_consent(&authorize_url(client, &[])).await;
        match self.ask("consent", json!({ "handle": handle, "product": null, "problem": null })).await {
            ConsentView::Ask(page) => *page,
            other => panic!("not asked: {other:?}"),
        }
    }
}

impl TestApp {
    /// Tries if a token opens the REST API and a refresh token brings new ones: the status of the call, and the status
    /// and error of the refresh.
    pub async fn tried(&self, client: &ClientApp, tokens: &Tokens) -> (u16, u16, String) {
        let call = self.call_api(tokens).await.status.as_u16();
        let refresh = client.refresh(self, &tokens.refresh).await;
        (call, refresh.status.as_u16(), refresh.error())
    }

    /// Writes the counted uses, and counts what came and went, as the job does every second.
    pub async fn flush(&self) {
        self.state.usage.flush(self.db()).await.unwrap();
        software_counts::settle(self.db()).await.unwrap();
    }

    /// Does what the job does every minute.
    pub async fn clean(&self) {
        self.sweep().await;
        let stop = CancellationToken::new();
        let max = self.state.config.options.limits.unused_clients_max;
        cleanup::make_room(Pieces::new(self.db(), &stop), max, self.now()).await.unwrap();
    }

    /// Takes away what has expired.
    pub async fn sweep(&self) {
        self.sweep_at(self.now()).await;
    }

    /// Takes away what has expired, by another clock.
    pub async fn sweep_at(&self, now: Millis) {
        self.sweep_until(&CancellationToken::new(), now).await;
    }

    /// Takes away what has expired, as far as it gets until `stop`.
    pub async fn sweep_until(&self, stop: &CancellationToken, now: Millis) {
        let (options, pieces) = (&self.state.config.options, Pieces::new(self.db(), stop));
        cleanup::sweep(pieces, &options.lifetimes, now).await.unwrap();
        // Those beyond the most that may be are left to `clean`.
        cleanup::remove_unused_clients(pieces, u32::MAX, now).await.unwrap();
    }

    /// Number of rows of a table where this holds.
    pub async fn rows(&self, table: &str, condition: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM {table} WHERE {condition}")).await
    }

    /// The number that a query finds.
    pub async fn number(&self, query: &str) -> i64 {
        number(self.db(), query).await
    }

    /// Checks that every transaction that was begun has ended, one way or the other.
    pub async fn assert_nothing_open(&self) {
        if self.db().backend() != DatabaseBackend::Postgres {
            // There is one connection for writing: it is free, or this fails.
            self.db().begin().await.unwrap();
            return;
        }
        let open = "SELECT COUNT(*) FROM pg_stat_activity
            WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        // On a connection of its own, so that it does not look at itself.
        let beside = self.database.connect_unmigrated().await;
        // What was dropped ends when its connection is back in the pool, which is soon.
        for _ in 0..500 {
            if number(&beside, open).await == 0 {
                return;
            }
        }
        panic!("a transaction is open that nobody will end");
    }

    /// Runs a statement.
    pub async fn execute(&self, statement: &str) {
        self.db().write().execute_unprepared(statement).await.unwrap();
    }

    /// Runs a statement that changes one row.
    pub async fn change(&self, statement: &str) {
        let changed = self.db().write().execute_unprepared(statement).await.unwrap();
        assert_eq!(changed.rows_affected(), 1, "{statement}");
    }

    /// Adds copies of a client to those of its owner: registering is not what is tried.
    pub async fn copy_client(&self, client: &ClientApp, copies: u64) {
        let same = "source, name, redirect_uris, auth_method, grant_types, verified, owner_id, created_at,
            created_address, description";
        self.execute(&format!(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {copies})
            INSERT INTO clients (id, entry_id, {same})
            SELECT 'app_' || n, 'app_' || n, {same} FROM clients, numbers WHERE id = '{}'",
            client.id
        ))
        .await;
    }

    /// Checks every stored count of every entry against what it counts.
    pub async fn assert_counts(&self, after: &str) {
        assert_counts(self.db(), after).await;
    }
}

/// The number that a query finds.
pub async fn number(db: &Database, query: &str) -> i64 {
    let statement = sea_orm::Statement::from_string(db.backend(), query);
    let row = db.read().query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// Looks at counts until they are given up.
const COUNTED_AT_LAST: usize = 200;

/// Checks every stored count of every entry against what it counts.
pub async fn assert_counts(db: &Database, after: &str) {
    let active =
        "grants g JOIN clients c ON c.id = g.client_id WHERE g.status = 'active' AND c.entry_id = e.id";
    let wrong = format!(
        "SELECT COUNT(*) FROM client_entries e WHERE e.registrations <>
                (SELECT COUNT(*) FROM clients c WHERE c.entry_id = e.id AND c.status <> 'deleted')
            OR e.registrations = 0
            OR e.grants <> (SELECT COUNT(*) FROM {active})
            OR e.users <> (SELECT COUNT(DISTINCT g.user_id) FROM {active})
            OR e.users <> (SELECT COUNT(*) FROM client_entry_users u WHERE u.entry_id = e.id)
            OR e.grants <> (SELECT COALESCE(SUM(u.grants), 0) FROM client_entry_users u WHERE u.entry_id = e.id)"
    );
    let mut found = i64::MAX;
    // A server that runs beside the test may be counting too: what is wrong for a moment only is not wrong.
    for _ in 0..COUNTED_AT_LAST {
        software_counts::settle(db).await.unwrap();
        found = number(db, &wrong).await;
        if found == 0 {
            break;
        }
    }
    assert_eq!(found, 0, "entries with wrong counts after {after}");
    let without = "SELECT COUNT(*) FROM clients c WHERE c.status <> 'deleted'
        AND NOT EXISTS (SELECT 1 FROM client_entries e WHERE e.id = c.entry_id)";
    assert_eq!(number(db, without).await, 0, "clients without an entry after {after}");
}
