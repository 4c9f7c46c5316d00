//! The pages stay fast with many clients and grants: every query behind them reads from an index in its order.

use domain::{
    audit::events::{self, About},
    clients,
    db::{listing::ListQuery, statements::Way},
    views::{client_grants, client_list, connected_apps, grant_search::GrantSearch},
    workspaces::products,
};
use http::StatusCode;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use types::{
    admin::{ClientSort, ClientsQuery},
    apps::{AppsQuery, StatusFilter},
    client::{ClientSource, ClientStatus},
    grant::GrantStatus,
    oauth_apps::OauthAppsQuery,
};

use crate::support::{
    OWNER, Size, TestApp,
    client_credentials::{allowed, ask},
    fill, plan,
};

const SIZE: Size = Size { clients: 400, grants: 2_000, events_per_grant: 1 };

#[tokio::test]
async fn every_list_of_clients_is_read_from_an_index() {
    let app = TestApp::start().await;
    fill(app.db(), SIZE, app.now()).await.unwrap();
    let wrong = slow_queries(&app).await;
    assert!(wrong.is_empty(), "an index is missing:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_missing_index_is_noticed() {
    let app = TestApp::start().await;
    fill(app.db(), SIZE, app.now()).await.unwrap();
    for index in [
        "clients_owner",
        "client_entries_used",
        "audit_events_client",
        "grants_revoked",
        "grants_organization_used",
        "grants_alike",
    ] {
        // PostgreSQL takes that of clients then: it knows nothing yet of how many a person has.
        if index == "grants_alike" && app.db().backend() == DatabaseBackend::Postgres {
            continue;
        }
        let before = slow_queries(&app).await.len();
        app.db().write().execute_unprepared(&format!("DROP INDEX {index}")).await.unwrap();
        assert!(slow_queries(&app).await.len() > before, "{index}");
    }
}

/// PostgreSQL reads the table.
#[tokio::test]
async fn on_sqlite_a_search_finds_clients_in_an_index_that_has_nothing_but_their_texts() {
    let app = TestApp::start().await;
    if app.db().backend() == DatabaseBackend::Postgres {
        return;
    }
    let db = app.db().read();
    let acme = products::organization_by_slug(db, &app.user_id(OWNER).await, "acme").await.unwrap().unwrap();
    let search = GrantSearch::Matching("%code%".to_owned());
    let list =
        connected_apps::list_statements(db, &acme.id, None, (&AppsQuery::default(), &search), app.now());
    for statement in [list.rows, list.total] {
        let plan = plan(&app, statement).await;
        let mut scans = plan.iter().filter(|line| line.split(' ').take(2).eq(["SCAN", "clients"]));
        assert!(scans.next().is_some_and(|line| line.ends_with("COVERING INDEX clients_search")), "{plan:?}");
        assert_eq!(scans.next(), None, "once is enough: {plan:?}");
    }
}

#[tokio::test]
async fn every_statement_of_the_clean_up_is_read_from_an_index() {
    let app = TestApp::start().await;
    fill(app.db(), SIZE, app.now()).await.unwrap();
    let wrong = slow_statements(&app).await;
    assert!(wrong.is_empty(), "an index is missing:\n{}", wrong.join("\n"));
    for index in
        ["sessions_expires", "refresh_tokens_replay", "authorization_requests_holding", "grants_ended"]
    {
        app.db().write().execute_unprepared(&format!("DROP INDEX {index}")).await.unwrap();
        let without = slow_statements(&app).await;
        assert!(without.len() > wrong.len(), "{index}");
    }
}

#[tokio::test]
async fn every_statement_on_the_way_to_a_token_is_read_from_an_index() {
    let app = TestApp::start().await;
    fill(app.db(), SIZE, app.now()).await.unwrap();
    let wrong = slow_steps(&app).await;
    assert!(wrong.is_empty(), "an index is missing:\n{}", wrong.join("\n"));
    // PostgreSQL sorts all that the person has then, which passes as few.
    if app.db().backend() == DatabaseBackend::Sqlite {
        app.db().write().execute_unprepared("DROP INDEX grants_alike").await.unwrap();
        assert!(!slow_steps(&app).await.is_empty());
    }
}

/// Statements that sort what one person has few of.
const FEW: [&str; 3] = ["DELETE FROM sessions", "FROM memberships m", "SELECT o.id FROM grants n"];

/// The statements from an authorization request to a refreshed token that the database would answer slowly, with its plans.
async fn slow_steps(app: &TestApp) -> Vec<String> {
    let client = app.public_client().await;
    let service = allowed(app).await;
    app.tokens(OWNER, &client, "api:read").await;
    app.db().statements().take();
    let tokens = app.tokens(OWNER, &client, "api:read").await;
    assert_eq!(client.refresh(app, &tokens.refresh).await.status, StatusCode::OK);
    assert_eq!(ask(app, &service, &[]).await.status, StatusCode::OK);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    slow_of_noted(app, |_, what, plan| is_slow(plan) && !FEW.iter().any(|few| what.contains(few))).await
}

/// What a clean-up reads whole, or sorts: what is never much, and beside which nobody waits.
const NEVER_MUCH: [&str; 8] = [
    // A few keys.
    "DELETE FROM signing_keys",
    // As many as are remembered at most, in their order.
    "SELECT expires_at FROM authorization_requests ORDER BY expires_at DESC",
    // Tokens of an hour, of apps that act by themselves.
    "SELECT grant_id FROM service_tokens GROUP BY grant_id",
    // The access of one person.
    "WITH own AS MATERIALIZED (SELECT * FROM grants WHERE user_id = $1)",
    // A hundred clients.
    "WITH these AS MATERIALIZED (SELECT * FROM clients WHERE id IN",
    // One grant, of an index of those that are not counted yet.
    "SELECT id FROM grants WHERE uncounted IS NOT NULL LIMIT 1",
    // Grants whose code is on its way, of an index of those.
    "UPDATE \"grants\" SET \"status\" = ? WHERE \"status\" = 'pending'",
    // Clients that nobody used, to take the oldest of them.
    "WITH unused AS MATERIALIZED",
];

/// The statements of a clean-up that the database would answer slowly, with its plans.
async fn slow_statements(app: &TestApp) -> Vec<String> {
    app.db().statements().take();
    app.clean().await;
    slow_of_noted(app, |way, what, plan| {
        // One person has little, of one status everybody together has much.
        let by_status = plan.iter().any(|line| line.ends_with("(status=?)")) && way == Way::List;
        by_status || (is_slow(plan) && !NEVER_MUCH.iter().any(|much| what.contains(much)))
    })
    .await
}

/// Of the statements that ran since they were taken note of, those that are slow, with the database's plans.
async fn slow_of_noted(app: &TestApp, slow: impl Fn(Way, &str, &[String]) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for (way, statement) in app.db().statements().take().into_iter().filter(|(way, _)| *way != Way::Begin) {
        let what = format!("{way:?} {}", statement.sql);
        let plan = plan(app, statement).await;
        if slow(way, &what, &plan) {
            wrong.push(format!("{what}:\n  {}", plan.join("\n  ")));
        }
    }
    wrong
}

/// The queries behind the pages that the database would answer slowly, with its plans.
async fn slow_queries(app: &TestApp) -> Vec<String> {
    let db = app.db().read();
    let owner = app.user_id(OWNER).await;
    let found = client_list::all(app.db().lists(), &ClientsQuery::default(), app.now()).await.unwrap();
    let entry = found.rows.iter().find(|row| row.registrations > 1).unwrap();
    let client = clients::lookup(db, &entry.client_id).await.unwrap().unwrap();
    let alone = found.rows.iter().find(|row| row.registrations == 1).unwrap();
    let alone = clients::lookup(db, &alone.client_id).await.unwrap().unwrap();

    let mut queries: Vec<(String, Statement)> = Vec::new();
    let mut add = |what: String, statements: ListQuery| {
        let ListQuery { rows, total, total_unfiltered } = statements;
        let parts = [("rows", rows), ("total", total), ("total without filters", total_unfiltered)];
        queries.extend(parts.map(|(part, statement)| (format!("{what}: {part}"), statement)));
    };
    add("own apps".to_owned(), client_list::list_by_owner_statements(db, &owner, &OauthAppsQuery::default()));
    for sort in ClientSort::ALL {
        let query = ClientsQuery { sort, page: 3, ..ClientsQuery::default() };
        add(format!("entries by {}", sort.label()), client_list::entries_statements(db, &query, app.now()));
    }
    for query in [
        ClientsQuery { source: Some(ClientSource::User), ..ClientsQuery::default() },
        ClientsQuery { unused: true, ..ClientsQuery::default() },
    ] {
        add(query.path(), client_list::entries_statements(db, &query, app.now()));
    }
    let opened = ClientsQuery { entry: client.entry_id.clone(), ..ClientsQuery::default() };
    let filtered = ClientsQuery { status: Some(ClientStatus::Blocked), unused: true, ..opened.clone() };
    add("an opened entry".to_owned(), client_list::registrations_statements(db, &opened, app.now()));
    add(
        "an opened entry, filtered".to_owned(),
        client_list::registrations_statements(db, &filtered, app.now()),
    );
    let acme = products::organization_by_slug(db, &owner, "acme").await.unwrap().unwrap().id;
    for status in [StatusFilter::Active, StatusFilter::Revoked, StatusFilter::All] {
        for user_id in [None, Some(&owner)] {
            let query = AppsQuery { status, page: 3, ..AppsQuery::default() };
            let what = format!("{status:?} apps of {}", user_id.map_or("everybody", |id| id));
            add(
                what,
                connected_apps::list_statements(
                    db,
                    &acme,
                    user_id,
                    (&query, &GrantSearch::Everything),
                    app.now(),
                ),
            );
        }
    }
    for status in [GrantStatus::Active, GrantStatus::Revoked] {
        let statements = client_grants::statements(db, &alone.id, status, 20, 20);
        queries.extend(statements.map(|statement| (format!("{status} grants of a client"), statement)));
    }
    for about in [About::Client(&alone.id), About::Grant("grt_x")] {
        queries.extend(events::statements(db, about, 2).map(|statement| (format!("{about:?}"), statement)));
    }
    queries.push(("scopes of a client".to_owned(), client_grants::scopes_statement(db, &alone.id)));
    queries.push(("use of a client".to_owned(), client_list::use_statement(db, &alone)));
    queries.push(("use of a registration".to_owned(), client_list::use_statement(db, &client)));

    let mut wrong = Vec::new();
    for (what, statement) in queries {
        let plan = plan(app, statement).await;
        if is_slow(&plan) {
            wrong.push(format!("{what}:\n  {}", plan.join("\n  ")));
        }
    }
    wrong
}

/// True if a plan reads a table whole, or sorts more than the rows of one page.
fn is_slow(plan: &[String]) -> bool {
    let sqlite = plan.iter().any(|line| line.starts_with("SCAN") || line.starts_with("SEARCH"));
    if sqlite { is_slow_on_sqlite(plan) } else { is_slow_on_postgres(plan) }
}

/// A table is named by its alias; `n` and the outer `g` are the rows of one page, which may be sorted again at the end.
/// Only the list of all entries may go through an index from its beginning. The page of what was revoked a moment ago is
/// sorted.
fn is_slow_on_sqlite(plan: &[String]) -> bool {
    let plan: Vec<_> = plan.iter().filter(|line| !line.starts_with("CREATE BLOOM FILTER")).collect();
    let pages = plan.iter().filter(|line| ["SCAN n", "SCAN g"].contains(&line.as_str())).count();
    let scans = plan
        .iter()
        .filter(|line| line.starts_with("SCAN ") && !line.contains(" INDEX client_entries_"))
        // `few` are so many that are counted, `recent` those of some minutes.
        .filter(|line| !["SCAN CONSTANT ROW", "SCAN few", "SCAN recent"].contains(&line.as_str()))
        .count();
    let sorts = (0..plan.len()).filter(|&line| {
        let last = pages > 0 && line == plan.len() - 1;
        let few = line > 0 && plan[line - 1].contains("INDEX grants_revoked ");
        plan[line].contains("B-TREE FOR ORDER BY") && !last && !few
    });
    // Those of a person or of a client are many; those alike are few.
    let alike = plan.iter().any(|line| line.starts_with("SEARCH a ") && !line.contains(" grants_alike "));
    scans > pages || sorts.count() > 0 || alike
}

/// An index that is read whole only to be filtered serves nothing. The first line may sort the rows of one page.
/// What was revoked a moment ago is sorted, of a person perhaps from all that was.
fn is_slow_on_postgres(plan: &[String]) -> bool {
    let steps: Vec<usize> = (0..plan.len())
        .filter(|&line| line == 0 || plan[line].contains("->") || plan[line].contains("SubPlan"))
        .collect();
    let ends = steps.iter().skip(1).copied().chain([plan.len()]);
    steps.iter().zip(ends).any(|(&step, end)| {
        let few = ["grants_revoked", "grants_user_used"].map(|index| format!(" using {index} on"));
        // Looked up again once there are few: a loop, a group and a limit stand in between.
        let mut below = plan[end..].iter().filter(|line| line.contains("->")).take(5);
        let few = below.any(|step| few.iter().any(|index| step.contains(index)));
        let (head, details) = (&plan[step], &plan[step + 1..end]);
        let has = |what: &str| details.iter().any(|line| line.trim_start().starts_with(what));
        let filtered = head.contains("Scan") && has("Filter:") && !has("Index Cond:");
        // Those of a person or of a client are many; those alike are few.
        let served = ["grants_alike", "grants_client_used"].map(|index| format!(" using {index} "));
        let alike = head.contains(" on grants a ") && !served.iter().any(|index| head.contains(index));
        head.contains("Seq Scan") || filtered || alike || (step > 0 && head.contains("Sort ") && !few)
    })
}
