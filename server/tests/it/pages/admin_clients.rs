//! Instance admins see every client, and act on many at once.

use domain::clock::{DAY, MINUTE};
use http::StatusCode;
use serde_json::{Value, json};
use types::{
    admin::{AdminClientPage, ClientRow, ClientsPage},
    apps::GrantState,
    client::{AuthMethod, ClientSource, ClientStatus, ClientType, Credentials, Impact},
    client_form::ClientForm,
    consent::ConsentView,
    failure::Failure,
};

use crate::support::{
    ADMIN, Browser, CALLBACK, ClientApp, MEMBER, OWNER, TestApp, Tokens, VIEWER, authorize_url, form,
};

async fn names(admin: &mut Browser<'_>, query: Value) -> Vec<String> {
    admin.admin_clients(query).await.rows.into_iter().map(|row| row.name).collect()
}

fn row<'a>(page: &'a ClientsPage, name: &str) -> &'a ClientRow {
    page.rows.iter().find(|row| row.name == name).unwrap()
}

async fn details(admin: &mut Browser<'_>, client: &ClientApp, page: u64) -> AdminClientPage {
    let arguments = json!({ "client_id": client.id, "grants_page": page, "activity_page": page });
    admin.ask("admin_client", arguments).await
}

async fn dynamic(app: &TestApp, name: &str, uris: &[&str]) -> ClientApp {
    app.client(name, ClientSource::Dynamic, AuthMethod::None, uris).await
}

/// One client of each source: three grants of two people on the owner's, the last of them used.
async fn one_of_each(app: &TestApp) -> (ClientApp, ClientApp, ClientApp) {
    let users = app.signed_in(OWNER).await.register("Über_App", ClientType::Confidential).await;
    app.clock.advance(1_000);
    let admins = app.confidential_client().await;
    app.clock.advance(1_000);
    let own =
        dynamic(app, "Tool 100%", &["cursor://x/cb", "http://localhost:99/cb", "https://tool.example:8443/"])
            .await;
    app.tokens(VIEWER, &users, "api:read mcp:read").await;
    app.tokens(MEMBER, &users, "api:read").await;
    let tokens = app.tokens(MEMBER, &users, "api:read api:write").await;
    app.tokens(MEMBER, &own, "api:read").await;
    app.call_api(&tokens).await;
    app.flush().await;
    (users, admins, own)
}

#[tokio::test]
async fn the_list_has_clients_of_every_source_with_their_use() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let empty = admin.admin_clients(json!({})).await;
    assert_eq!((empty.rows.len(), empty.total, empty.total_unfiltered), (0, 0, 0));
    let (users, admins, own) = one_of_each(&app).await;
    let page = admin.admin_clients(json!({})).await;
    assert_eq!((page.total, page.total_unfiltered, page.entry_name.as_deref()), (3, 3, None));
    let found = row(&page, "Über_App");
    assert_eq!((&*found.id, &*found.client_id, found.registrations), (&*users.id, &*users.id, 1));
    assert_eq!((found.source, found.owner.as_deref()), (ClientSource::User, Some("Olive Owner")));
    assert_eq!((found.users, found.grants, found.last_used_at), (2, 3, Some(app.now())));
    assert_eq!((found.status, found.switched_off, found.verified), (ClientStatus::Active, 0, false));
    assert_eq!(found.redirect_hosts, ["reports.example"]);
    let found = row(&page, "Trusted client");
    assert_eq!(
        (&found.client_id, found.source, found.owner.as_deref()),
        (&admins.client_id(), ClientSource::Admin, None)
    );
    assert_eq!((found.users, found.grants, found.last_used_at), (0, 0, None));
    let found = row(&page, "Tool 100%");
    assert_eq!((&found.client_id, found.source), (&own.client_id(), ClientSource::Dynamic));
    assert_eq!((found.users, found.grants, found.last_used_at), (1, 1, None));
    assert_eq!(found.redirect_hosts, ["cursor://", "localhost", "tool.example:8443"]);

    let page = details(&mut admin, &users, 1).await;
    assert_eq!((page.client.users, page.client.grants, page.grants_total, page.entry), (2, 3, 3, None));
    let scopes: Vec<_> = page.scopes.iter().map(|(scope, grants)| (scope.to_string(), *grants)).collect();
    assert_eq!(
        scopes,
        [("mcp:read", 1), ("api:read", 3), ("api:write", 1)]
            .map(|(scope, grants)| (scope.to_owned(), grants))
    );
    assert_eq!(page.grants[0].last_used_at, Some(app.now()), "the last used first");
    assert_eq!(page.grants[0].person, ("Mel Member".to_owned(), MEMBER.to_owned()));
    assert_eq!(page.grants[0].product, Some(("Acme".to_owned(), "Support".to_owned())));
    let beyond = details(&mut admin, &users, u64::MAX).await;
    assert_eq!((beyond.grants.len(), beyond.grants_total, beyond.client.activity.events.len()), (0, 3, 0));
    assert_eq!(details(&mut admin, &users, 0).await.grants.len(), 3);
}

#[tokio::test]
async fn the_list_is_searched_filtered_sorted_and_paged() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let (users, admins, own) = one_of_each(&app).await;
    let (upper, long) = (users.id.to_uppercase(), "x".repeat(5_000));
    for (search, found) in [
        ("über", 1),
        ("ÜBER_", 1),
        ("_", 1),
        ("%", 1),
        ("100%", 1),
        ("nothing", 0),
        (" tool ", 1),
        ("\\", 0),
        ("\0", 3),
        ("reports.example", 1),
        ("REPORTS", 1),
        ("cursor://", 1),
        ("localhost", 1),
        ("olive", 1),
        (OWNER, 1),
        ("OLIVE OWNER", 1),
        (MEMBER, 0),
        (&users.id, 1),
        (&admins.id, 1),
        (&own.id, 1),
        (&upper, 0),
        (&long, 0),
        ("' OR 1=1 --", 0),
    ] {
        let page = admin.admin_clients(json!({ "search": search })).await;
        assert_eq!(
            (page.total, page.rows.len() as u64, page.total_unfiltered),
            (found, found, 3),
            "{search}"
        );
    }
    let block = |client: &ClientApp, blocked: bool| json!({ "ids": [client.id], "blocked": blocked });
    admin.ask::<Impact>("set_clients_blocked", block(&own, true)).await;
    admin.ask::<()>("set_client_disabled", json!({ "client_id": admins.id, "disabled": true })).await;
    for (query, found) in [
        (json!({ "source": "user" }), vec!["Über_App"]),
        (json!({ "source": "admin" }), vec!["Trusted client"]),
        (json!({ "source": "dynamic" }), vec!["Tool 100%"]),
        (json!({ "source": "dynamic", "search": "über" }), vec![]),
        (json!({ "status": "active" }), vec!["Über_App"]),
        (json!({ "status": "disabled" }), vec!["Trusted client"]),
        (json!({ "status": "blocked" }), vec!["Tool 100%"]),
        (json!({ "status": "blocked", "source": "user" }), vec![]),
        (json!({ "unused": true, "sort": "name" }), vec!["Tool 100%", "Trusted client"]),
        (json!({ "sort": "name" }), vec!["Tool 100%", "Trusted client", "Über_App"]),
        (json!({ "sort": "users" }), vec!["Über_App", "Tool 100%", "Trusted client"]),
        (json!({ "sort": "grants" }), vec!["Über_App", "Tool 100%", "Trusted client"]),
        (json!({ "sort": "registered" }), vec!["Tool 100%", "Trusted client", "Über_App"]),
    ] {
        assert_eq!(names(&mut admin, query.clone()).await, found, "{query}");
    }
    assert_eq!(names(&mut admin, json!({})).await[0], "Über_App", "the last used first");
    app.clock.advance(30 * DAY);
    admin.sign_in(ADMIN).await;
    assert_eq!(
        admin.admin_clients(json!({ "unused": true })).await.total,
        2,
        "30 days to the millisecond are not more"
    );
    app.clock.advance(1);
    assert_eq!(admin.admin_clients(json!({ "unused": true })).await.total, 3);

    for number in 0..20 {
        dynamic(&app, &format!("Software {number}"), &[CALLBACK]).await;
    }
    for sort in ["last_used", "name", "users", "grants", "registered"] {
        let mut seen = Vec::new();
        for (page, rows) in [(1, 20), (2, 3)] {
            let found = admin.admin_clients(json!({ "sort": sort, "page": page })).await;
            assert_eq!((found.rows.len(), found.total), (rows, 23), "{sort} {page}");
            seen.extend(found.rows.into_iter().map(|row| row.id));
        }
        assert_eq!(seen.iter().collect::<std::collections::HashSet<_>>().len(), 23, "{sort}: nothing twice");
        for past in [3, u64::MAX] {
            let found = admin.admin_clients(json!({ "sort": sort, "page": past })).await;
            let rows: Vec<_> = found.rows.into_iter().map(|row| row.id).collect();
            assert_eq!(rows, seen[20..], "{sort} {past}: a page past the end is the last one");
            assert_eq!((found.page, found.total), (2, 23), "{sort} {past}");
        }
        let first: Vec<_> = admin
            .admin_clients(json!({ "sort": sort, "page": 0 }))
            .await
            .rows
            .into_iter()
            .map(|row| row.id)
            .collect();
        assert_eq!(first, seen[..20], "{sort}");
    }
    assert_eq!(
        admin.refusal("admin_clients", json!({ "query": { "entry": "swe_x" } })).await,
        Failure::NotFound
    );
}

/// Two clients with grants, and the arguments that name both.
async fn two_in_use(app: &TestApp) -> ([(ClientApp, Tokens); 2], Value, Impact) {
    let one = app.signed_in(OWNER).await.register("One", ClientType::Confidential).await;
    let two = dynamic(app, "Two", &["http://127.0.0.1/cb"]).await;
    app.tokens(VIEWER, &one, "api:read").await;
    let tokens =
        [app.tokens(MEMBER, &one, "api:read mcp:read").await, app.tokens(MEMBER, &two, "api:read").await];
    let ids = json!({ "ids": [one.id, two.id, one.id] });
    let [first, second] = tokens;
    ([(one, first), (two, second)], ids, Impact { clients: 2, users: 2, grants: 3, tokens: 6 })
}

fn with_blocked(ids: &Value, blocked: bool) -> Value {
    json!({ "ids": ids["ids"], "blocked": blocked })
}

#[tokio::test]
async fn a_block_bites_on_the_next_call_and_leaves_the_grants() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let (clients, ids, impact) = two_in_use(&app).await;
    let code = app.code(VIEWER, &clients[1].0, "api:read").await;
    assert_eq!(admin.ask::<Impact>("clients_impact", ids.clone()).await, impact);
    assert_eq!(admin.ask::<Impact>("set_clients_blocked", with_blocked(&ids, true)).await, impact);
    for (client, tokens) in &clients {
        assert_eq!(app.tried(client, tokens).await, (401, 400, "invalid_grant".to_owned()));
        assert_eq!(
            app.call_tool(tokens, "list_work_items", json!({})).await.status,
            StatusCode::UNAUTHORIZED
        );
        let answer = app.signed_in(VIEWER).await.get(&authorize_url(client, &[])).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::BAD_REQUEST, ""));
        assert_eq!(details(&mut admin, client, 1).await.grants[0].status, GrantState::Disabled);
    }
    assert_eq!(clients[1].0.exchange(&app, &code).await.error(), "invalid_grant");
    let page = admin.admin_clients(json!({})).await;
    assert!(page.rows.iter().all(|row| row.status == ClientStatus::Blocked && row.switched_off == 1));
    assert_eq!(
        admin.ask::<Impact>("set_clients_blocked", with_blocked(&ids, true)).await.clients,
        0,
        "no news"
    );
    assert_eq!(admin.ask::<Impact>("set_clients_blocked", with_blocked(&ids, false)).await, impact);
    for (client, tokens) in &clients {
        assert_eq!(app.tried(client, tokens).await, (200, 200, String::new()));
    }
    assert_eq!(clients[1].0.exchange(&app, &code).await.status, StatusCode::OK);
    assert_eq!(
        app.number(
            "SELECT COUNT(*) FROM audit_events WHERE action IN ('client.blocked', 'client.unblocked')"
        )
        .await,
        4
    );
}

#[tokio::test]
async fn after_revoke_all_access_people_can_authorize_again() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let (clients, ids, impact) = two_in_use(&app).await;
    let bystander = app.public_client().await;
    let others = app.tokens(MEMBER, &bystander, "api:read").await;
    let code = app.code(VIEWER, &clients[1].0, "api:read").await;
    assert_eq!(admin.ask::<Impact>("revoke_clients_access", ids.clone()).await, impact);
    for (client, tokens) in &clients {
        assert_eq!(app.tried(client, tokens).await, (401, 400, "invalid_grant".to_owned()));
        let page = details(&mut admin, client, 1).await;
        let by = "Ada Admin, with all other access of the app".to_owned();
        assert_eq!(page.grants[0].status, GrantState::Revoked { at: app.now(), by });
        assert_eq!((page.client.users, page.client.grants, page.client.status), (0, 0, ClientStatus::Active));
        assert!(page.scopes.is_empty());
    }
    assert_eq!(
        clients[1].0.exchange(&app, &code).await.error(),
        "invalid_grant",
        "a code on its way dies too"
    );
    let nothing = Impact { clients: 2, ..Impact::default() };
    assert_eq!(admin.ask::<Impact>("revoke_clients_access", ids).await, nothing);
    let again = app.tokens(MEMBER, &clients[0].0, "api:read").await;
    assert_eq!(app.tried(&clients[0].0, &again).await, (200, 200, String::new()));
    assert_eq!(app.tried(&bystander, &others).await, (200, 200, String::new()));
}

#[tokio::test]
async fn an_action_on_many_reaches_all_or_none() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let (clients, ids, impact) = two_in_use(&app).await;
    let [good, other] = [&clients[0].0.id, &clients[1].0.id];
    for bad in ["app_unknown", "swe_unknown", "", "\0"] {
        let some = json!({ "ids": [good, bad, other], "blocked": true });
        for function in ["clients_impact", "set_clients_blocked", "revoke_clients_access", "delete_clients"] {
            assert_eq!(admin.refusal(function, some.clone()).await, Failure::NotFound, "{function} {bad}");
        }
    }
    for (function, ids) in [
        ("set_clients_blocked", vec![good; 101]),
        ("delete_clients", vec![good; 101]),
        ("delete_clients", vec![]),
    ] {
        let refusal = admin.refusal(function, json!({ "ids": ids, "blocked": true })).await;
        assert!(matches!(refusal, Failure::Invalid { field, .. } if field == "ids"));
    }
    for (client, tokens) in &clients {
        assert_eq!(app.tried(client, tokens).await, (200, 200, String::new()));
    }
    let expected: Impact = admin.ask("clients_impact", json!({ "ids": vec![good; 100] })).await;
    assert_eq!((expected.clients, expected.users, expected.grants), (1, 2, 2));
    // The refreshes above left their predecessors' access tokens alive.
    let now: Impact = admin.ask("clients_impact", ids.clone()).await;
    assert_eq!((now.clients, now.users, now.grants), (impact.clients, impact.users, impact.grants));
    assert_eq!(admin.ask::<Impact>("delete_clients", ids.clone()).await, now);
    for (client, tokens) in &clients {
        assert_eq!(app.tried(client, tokens).await, (401, 401, "invalid_client".to_owned()));
    }
    assert_eq!(admin.admin_clients(json!({})).await.total_unfiltered, 0);
    assert_eq!(admin.refusal("delete_clients", ids).await, Failure::NotFound);
}

#[tokio::test]
async fn an_administrator_registers_and_vouches_for_clients() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let made: Credentials = admin
        .ask("create_admin_client", json!({ "form": form("House app", &[CALLBACK]), "kind": "confidential" }))
        .await;
    let client = ClientApp::new(made.client_id, made.client_secret, CALLBACK);
    let page = details(&mut admin, &client, 1).await.client;
    assert_eq!((page.source, page.owner, page.kind), (ClientSource::Admin, None, ClientType::Confidential));
    let asked = app.signed_in(MEMBER).await.consent_page(&client).await.app;
    assert_eq!((asked.registered_by.as_str(), asked.verified), ("an administrator", false));
    let bad = json!({ "form": form("House app", &["http://reports.example/"]), "kind": "public" });
    assert!(matches!(admin.refusal("create_admin_client", bad).await, Failure::Invalid { .. }));
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    assert_eq!(app.tried(&client, &tokens).await, (200, 200, String::new()));

    let mut owner = app.signed_in(OWNER).await;
    let theirs = owner.register("Reports", ClientType::Public).await;
    let verified =
        async |client: &ClientApp| app.signed_in(MEMBER).await.consent_page(client).await.app.verified;
    for (wanted, events) in [(true, 1), (true, 1), (false, 2), (false, 2), (true, 3)] {
        admin.ask::<()>("set_client_verified", json!({ "client_id": theirs.id, "verified": wanted })).await;
        assert_eq!(verified(&theirs).await, wanted);
        let query =
            "SELECT COUNT(*) FROM audit_events WHERE action IN ('client.verified', 'client.unverified')";
        assert_eq!(app.number(query).await, events);
    }
    assert!(row(&admin.admin_clients(json!({})).await, "Reports").verified);
}

#[tokio::test]
async fn verified_ends_with_whatever_an_app_says_of_itself() {
    let app = TestApp::start().await;
    let (mut owner, mut admin) = (app.signed_in(OWNER).await, app.signed_in(ADMIN).await);
    let client = owner.register("Reports", ClientType::Public).await;
    let mut said = form("Reports", &[CALLBACK]);
    let verify = json!({ "client_id": client.id, "verified": true });
    type Change = fn(&mut ClientForm);
    let changes: [(&str, Change); 6] = [
        ("name", |form| form.name = "Your bank".to_owned()),
        ("redirect URIs", |form| form.redirect_uris.push("https://reports.example/other".to_owned())),
        ("website", |form| form.website = "https://bank.example/".to_owned()),
        ("description", |form| form.description = "Keeps your money.".to_owned()),
        ("website", |form| form.website = String::new()),
        ("description", |form| form.description = String::new()),
    ];
    for (what, change) in changes {
        admin.ask::<()>("set_client_verified", verify.clone()).await;
        app.clock.advance(MINUTE);
        let mut member = app.signed_in(MEMBER).await;
        let (open, _) = member.open_consent(&authorize_url(&client, &[])).await;
        // The same again changes nothing.
        owner.ask::<()>("update_client", json!({ "client_id": client.id, "form": said })).await;
        assert!(owner.app_details(&client).await.verified, "{what}");
        app.clock.advance(MINUTE);
        change(&mut said);
        owner.ask::<()>("update_client", json!({ "client_id": client.id, "form": said })).await;
        assert!(!owner.app_details(&client).await.verified, "{what}");
        // What the consent page shows ends the pages that showed it.
        let view: ConsentView =
            member.ask("consent", json!({ "handle": open, "product": null, "problem": null })).await;
        assert_eq!(matches!(view, ConsentView::Gone { .. }), what != "description", "{what}: {view:?}");
        let events = format!(
            "SELECT COUNT(*) FROM audit_events WHERE action = 'client.unverified' AND detail = '{what}'"
        );
        assert!(app.number(&events).await > 0, "{what}");
    }
    // Whoever may vouch for it vouches for what they write.
    admin.ask::<()>("set_client_verified", verify).await;
    let form = ClientForm {
        description: "Checked.".to_owned(),
        website: "https://reports.example/".to_owned(),
        ..said
    };
    admin.ask::<()>("update_client", json!({ "client_id": client.id, "form": form })).await;
    assert!(owner.app_details(&client).await.verified);
}
