//! G1: people register their own apps, find them again, and change what the apps say about themselves.

use domain::crypto::secret::sha256;
use http::StatusCode;
use serde_json::{Value, json};
use types::{
    client::{ClientSource, ClientStatus, ClientType, Credentials},
    client_form::ClientForm,
    failure::Failure,
    oauth_apps::OauthAppsPage,
};

use crate::support::{
    ADMIN, Browser, CALLBACK, ClientApp, MEMBER, OWNER, TestApp, Tokens, VIEWER, authorize_url, form, log_of,
};

async fn list(browser: &mut Browser<'_>, query: Value) -> OauthAppsPage {
    browser.ask("oauth_apps", json!({ "query": query })).await
}

fn names(page: &OauthAppsPage) -> Vec<&str> {
    page.rows.iter().map(|row| row.name.as_str()).collect()
}

async fn update(browser: &mut Browser<'_>, client: &ClientApp, form: &ClientForm) {
    browser.ask("update_client", json!({ "client_id": client.id, "form": form })).await
}

#[tokio::test]
async fn g1_a_confidential_app_gets_through_the_whole_flow() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let mut client = owner.register("Reports", ClientType::Confidential).await;
    let secret = client.secret.clone().unwrap();
    assert!(secret.starts_with("gpk_") && secret.len() == 47, "{secret}");
    let page = app.signed_in(MEMBER).await.consent_page(&client).await;
    assert_eq!((page.app.name.as_str(), page.app.verified), ("Reports", false));
    assert_eq!(page.app.registered_by, "Olive Owner");
    assert_eq!(page.app.changed_at, None);

    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    let tokens = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    let by_post = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens.refresh.as_str()),
        ("client_id", &client.id),
        ("client_secret", &secret),
    ];
    let tokens = Tokens::of(&app.post_form("/oauth/token", &by_post).await);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    for wrong in [None, Some(format!("{secret}x")), Some(String::new())] {
        client.secret = wrong;
        assert_eq!(client.refresh(&app, &tokens.refresh).await.error(), "invalid_client");
    }
}

#[tokio::test]
async fn g1_a_public_app_has_no_secret_and_gets_none() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let client = owner.register("Pocket", ClientType::Public).await;
    assert_eq!(client.secret, None);
    let details = owner.app_details(&client).await;
    assert_eq!((details.kind, details.source), (ClientType::Public, ClientSource::User));
    assert_eq!(details.owner, Some(("Olive Owner".to_owned(), OWNER.to_owned())));
    assert!(details.secrets.is_empty() && details.editable());
    let refusal = owner.refusal("add_client_secret", json!({ "client_id": client.id })).await;
    assert!(matches!(refusal, Failure::Forbidden(_)), "{refusal:?}");
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    assert_eq!(app.tried(&client, &tokens).await, (200, 200, String::new()));
    let with_secret = ClientApp { secret: Some("gpk_x".to_owned()), ..client };
    assert_eq!(with_secret.refresh(&app, &tokens.refresh).await.error(), "invalid_client");
}

#[tokio::test]
async fn g1_what_cannot_be_registered_is_refused_at_its_field_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let before = app.number("SELECT COUNT(*) FROM clients").await;
    let good = form("Good", &[CALLBACK]);
    let uris = |uris: &[&str]| form("Good", uris);
    let with = |change: fn(&mut ClientForm)| {
        let mut form = good.clone();
        change(&mut form);
        form
    };
    let many: Vec<String> = (0..21).map(|number| format!("{CALLBACK}{number}")).collect();
    let mut cases = vec![
        ("name", uris(&[CALLBACK]), "  "),
        ("redirect_uri_0", ClientForm { redirect_uris: many, ..good.clone() }, "Good"),
        ("redirect_uri_0", uris(&[]), "Good"),
        ("redirect_uri_0", uris(&["", " "]), "Good"),
        ("redirect_uri_2", uris(&[CALLBACK, "", CALLBACK]), "Good"),
        ("description", with(|form| form.description = "x".repeat(1_001)), "Good"),
        ("website", with(|form| form.website = "javascript:alert(1)".to_owned()), "Good"),
        ("website", with(|form| form.website = "https://a@b.example".to_owned()), "Good"),
        ("website", with(|form| form.website = "https://b\0.example".to_owned()), "Good"),
        ("website", with(|form| form.website = format!("https://b.example/{}", "x".repeat(2_048))), "Good"),
    ];
    let long = "x".repeat(81);
    for name in ["\0", "\u{200B}\u{202E}", "\u{3164}", &long] {
        cases.push(("name", good.clone(), name));
    }
    for (field, form, name) in cases {
        let form = ClientForm { name: name.to_owned(), ..form };
        refused_at(&mut owner, field, &form).await;
    }
    // R5, as for programs that register themselves.
    let long = format!("https://e.example/{}", "x".repeat(2_048));
    for uri in [
        "relative",
        "/cb",
        "//e.example/cb",
        "https://",
        "https://e.example/cb#x",
        "https://u:p@e.example/cb",
        "https://*.e.example/cb",
        "https://e.example/*",
        "http://e.example/cb",
        "http://127.0.0.1.e.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:https://e.example/x",
        "file:///etc/passwd",
        "about:blank",
        "unknown://x",
        "https://e.example/a b",
        "https://e.example/\0",
        "https://é.example/cb",
        &long,
    ] {
        refused_at(&mut owner, "redirect_uri_1", &uris(&[CALLBACK, uri])).await;
    }
    let huge = json!({ "form": with(|form| form.description = "x".repeat(70_000)), "kind": "public" });
    let answer = owner.call("create_oauth_app", &huge).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(app.number("SELECT COUNT(*) FROM clients").await, before);
    assert_eq!(app.number("SELECT COUNT(*) FROM client_entries").await, before);
    assert_eq!(app.number("SELECT COUNT(*) FROM audit_events").await, 0);
}

/// Neither a new app nor an existing one gets this.
async fn refused_at(owner: &mut Browser<'_>, field: &str, form: &ClientForm) {
    for kind in ["confidential", "public"] {
        let refusal = owner.refusal("create_oauth_app", json!({ "form": form, "kind": kind })).await;
        let Failure::Invalid { field: at, message } = refusal else { panic!("{form:?}: {refusal:?}") };
        assert_eq!(at, field, "{form:?}");
        assert!(message.ends_with('.') && !message.contains("gatepass"), "{message}");
    }
}

#[tokio::test]
async fn what_is_typed_is_stored_clean() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let typed = ClientForm {
        name: " Büro\u{202E}\u{200B}\t日本\u{A0}🚀 ".to_owned(),
        redirect_uris: vec![
            String::new(),
            format!(" {CALLBACK} "),
            "cursor://x/cb".to_owned(),
            " ".to_owned(),
        ],
        description: " Line\0 one\nline\u{202E} <b>two</b> ".to_owned(),
        website: " https://Büro.example/x ".to_owned(),
    };
    // A host has to be given in its ASCII form.
    refused_at(&mut owner, "website", &typed).await;
    let typed = ClientForm { website: " https://Reports.example/ü?q=\" ".to_owned(), ..typed };
    let made: Credentials = owner.ask("create_oauth_app", json!({ "form": typed, "kind": "public" })).await;
    let details = owner.app_details(&ClientApp::new(made.client_id, None, CALLBACK)).await;
    assert_eq!(details.name, "Büro 日本 🚀");
    assert_eq!(details.redirect_uris, [CALLBACK, "cursor://x/cb"]);
    assert_eq!(details.description, "Line one\nline <b>two</b>");
    let (host, url) = details.website.unwrap();
    assert_eq!((host.as_str(), url.as_str()), ("reports.example", "https://reports.example/%C3%BC?q=%22"));
}

#[tokio::test]
async fn g1_a_secret_is_shown_once_and_stored_hashed() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let mut admin = app.signed_in(ADMIN).await;
    let mut secrets = Vec::new();
    let mut later = String::new();
    let log = log_of(async {
        let client = owner.register("Reports", ClientType::Confidential).await;
        let more: Credentials = owner.ask("add_client_secret", json!({ "client_id": client.id })).await;
        secrets = vec![client.secret.clone().unwrap(), more.client_secret.unwrap()];
        let tokens = app.tokens(MEMBER, &client, "api:read").await;
        ClientApp { secret: Some(secrets[1].clone()), ..client.clone() }.refresh(&app, &tokens.refresh).await;
        let wrong = format!("{}x", secrets[0]);
        ClientApp { secret: Some(wrong), ..client.clone() }.refresh(&app, &tokens.refresh).await;
        let one = json!({ "client_id": client.id, "activity_page": 1, "grants_page": 1 });
        let all = json!({ "query": {} });
        for (function, arguments) in [("oauth_app", &one), ("oauth_apps", &all)] {
            later += &owner.call(function, arguments).await.body;
        }
        for (function, arguments) in [("admin_client", &one), ("admin_clients", &all)] {
            later += &admin.call(function, arguments).await.body;
        }
        for path in ["/settings/oauth-apps".to_owned(), format!("/settings/oauth-apps/{}", client.id)] {
            later += &owner.get(&path).await.body;
        }
    })
    .await;
    let stored = format!("{:?}", rows_of(&app).await);
    for secret in &secrets {
        assert!(stored.contains(&sha256(secret.as_bytes())), "stored as its hash");
        for text in [&log, &later, &stored] {
            assert!(!text.contains(&secret[..20]), "a secret was found again");
        }
    }
    assert_ne!(secrets[0], secrets[1]);
    assert!(later.contains(&secrets[0][..8]), "its owner recognises it");
}

async fn rows_of(app: &TestApp) -> (Vec<Value>, Vec<String>) {
    use domain::{audit::tables::audit_event, clients::tables::client_secret};
    use sea_orm::EntityTrait;
    let events = audit_event::Entity::find().into_json().all(app.db().read()).await.unwrap();
    let secrets = client_secret::Entity::find().all(app.db().read()).await.unwrap();
    (events, secrets.into_iter().map(|secret| format!("{secret:?}")).collect())
}

#[tokio::test]
async fn a_person_registers_at_most_200_apps() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let client = owner.register("First", ClientType::Public).await;
    app.copy_client(&client, 199).await;
    let one_more = json!({ "form": form("One more", &[CALLBACK]), "kind": "public" });
    let refusal = owner.refusal("create_oauth_app", one_more.clone()).await;
    assert!(matches!(&refusal, Failure::Forbidden(text) if text.contains("200")), "{refusal:?}");
    app.signed_in(MEMBER).await.register("Another person's", ClientType::Public).await;
    owner.ask::<Value>("delete_client", json!({ "client_id": client.id, "name": "First" })).await;
    owner.ask::<Credentials>("create_oauth_app", one_more.clone()).await;
    owner.refusal("create_oauth_app", one_more).await;
}

#[tokio::test]
async fn the_list_shows_ones_own_apps_with_users_last_use_and_status() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let mut member = app.signed_in(MEMBER).await;
    let clients = [
        owner.register("Alpha_1", ClientType::Confidential).await,
        owner.register("Beta%", ClientType::Public).await,
    ];
    app.clock.advance(1_000);
    owner.register("Ömega", ClientType::Public).await;
    let theirs = member.register("Theirs", ClientType::Public).await;
    for email in [MEMBER, MEMBER, VIEWER] {
        let tokens = app.tokens(email, &clients[0], "api:read").await;
        app.call_api(&tokens).await;
    }
    app.tokens(MEMBER, &clients[1], "api:read").await;
    let used_at = app.now();
    app.clock.advance(1_000);
    app.flush().await;
    owner.ask::<()>("set_client_disabled", json!({ "client_id": clients[1].id, "disabled": true })).await;

    let page = list(&mut owner, json!({})).await;
    assert_eq!((page.total, page.total_unfiltered, page.now), (3, 3, app.now()));
    assert_eq!(page.rows[0].name, "Ömega", "the newest first");
    let row = |name: &str| page.rows.iter().find(|row| row.name == name).unwrap();
    assert_eq!((row("Alpha_1").users, row("Alpha_1").last_used_at), (2, Some(used_at)));
    assert_eq!((row("Beta%").users, row("Beta%").last_used_at), (1, None));
    assert_eq!(row("Beta%").status, ClientStatus::Disabled);
    assert_eq!(row("Alpha_1").status, ClientStatus::Active);
    let details = owner.app_details(&clients[0]).await;
    assert_eq!((details.users, details.grants, details.last_used_at), (2, 3, Some(used_at)));
    assert_eq!(names(&list(&mut member, json!({})).await), ["Theirs"]);
    assert_eq!(
        app.signed_in(ADMIN).await.ask::<OauthAppsPage>("oauth_apps", json!({ "query": {} })).await.total,
        0
    );
    let refusal = owner.refusal("oauth_app", json!({ "client_id": theirs.id, "activity_page": 1 })).await;
    assert_eq!(refusal, Failure::NotFound);

    for (search, found) in [
        ("", 3),
        ("ALPHA", 1),
        ("%", 1),
        ("_1", 1),
        ("ömeg", 1),
        ("ÖMEGA ", 1),
        ("theirs", 0),
        ("\0", 3),
        (&clients[0].id, 1),
        (&clients[0].id.to_uppercase(), 1),
        (&theirs.id, 0),
        ("' OR 1=1", 0),
    ] {
        let page = list(&mut owner, json!({ "search": search })).await;
        assert_eq!((page.total, page.total_unfiltered), (found, 3), "{search}");
    }
    for number in 0..18 {
        app.clock.advance(1);
        owner.register(&format!("More {number}"), ClientType::Public).await;
    }
    for (page, rows, shown) in [(0, 20, 1), (1, 20, 1), (2, 1, 2), (3, 1, 2), (u64::MAX, 1, 2)] {
        let found = list(&mut owner, json!({ "page": page })).await;
        assert_eq!((found.rows.len(), found.total, found.page), (rows, 21, shown), "{page}");
    }
}

#[tokio::test]
async fn a_changed_name_keeps_tokens_and_is_told_to_those_who_knew_the_old_one() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let client = owner.register("Reports", ClientType::Confidential).await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let (mut member, mut viewer) = (app.signed_in(MEMBER).await, app.signed_in(VIEWER).await);
    let open = viewer.open_consent(&authorize_url(&client, &[])).await;
    let changed = async |member: &mut Browser<'_>| member.consent_page(&client).await.app.changed_at;
    app.clock.advance(1_000);
    let described = ClientForm {
        description: "What it does".to_owned(),
        website: "https://reports.example".to_owned(),
        ..form("Reports", &[CALLBACK])
    };
    update(&mut owner, &client, &described).await;
    assert_eq!(changed(&mut member).await, None, "a description makes no other app of it");
    app.clock.advance(1_000);
    let renamed = ClientForm { name: "Reports 2".to_owned(), ..described };
    update(&mut owner, &client, &renamed).await;
    let renamed_at = app.now();
    app.clock.advance(1_000);
    assert_eq!(app.tried(&client, &tokens).await, (200, 200, String::new()));
    let answer = viewer.decide(&open, "approve", &app.product_id("acme", "support").await, "mcp:read").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "the page showed another name");
    assert_eq!(changed(&mut member).await, Some(renamed_at));
    assert_eq!(changed(&mut viewer).await, None, "who never let it in knows no other name");
    update(&mut owner, &client, &ClientForm { description: String::new(), ..renamed.clone() }).await;
    assert_eq!(changed(&mut member).await, Some(renamed_at), "a later description hides nothing");
    app.tokens(MEMBER, &client, "api:read").await;
    assert_eq!(changed(&mut member).await, None, "consent to the new name");
    app.clock.advance(1_000);
    update(
        &mut owner,
        &client,
        &ClientForm { redirect_uris: vec![CALLBACK.to_owned(), "https://b.example/".to_owned()], ..renamed },
    )
    .await;
    assert_eq!(changed(&mut member).await, Some(app.now()), "another redirect URI");
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    let page = list(&mut owner, json!({ "search": "reports 2" })).await;
    assert_eq!(names(&page), ["Reports 2"]);
    let details = owner.app_details(&client).await;
    assert_eq!(details.activity.events.iter().filter(|event| event.what == "Changed the app").count(), 4);
}

#[tokio::test]
async fn a_removed_redirect_uri_works_no_longer() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let client = owner.register("Reports", ClientType::Confidential).await;
    let mut member = app.signed_in(MEMBER).await;
    let open = member.open_consent(&authorize_url(&client, &[])).await;
    update(&mut owner, &client, &form("Reports", &["https://reports.example/new"])).await;
    let product = app.product_id("acme", "support").await;
    for decision in ["approve", "deny"] {
        let answer = member.decide(&open, decision, &product, "mcp:read").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{decision}");
    }
    assert_eq!(app.number("SELECT COUNT(*) FROM grants").await, 0);
    let answer = member.get(&authorize_url(&client, &[])).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::BAD_REQUEST, ""));
    let client = ClientApp { redirect_uri: "https://reports.example/new".to_owned(), ..client };
    app.tokens(MEMBER, &client, "api:read").await;
    // What cannot be registered cannot be changed into.
    let bad = json!({ "client_id": client.id, "form": form("Reports", &["http://reports.example/"]) });
    let refusal = owner.refusal("update_client", bad).await;
    assert!(matches!(refusal, Failure::Invalid { field, .. } if field == "redirect_uri_0"));
    assert_eq!(owner.app_details(&client).await.redirect_uris, ["https://reports.example/new"]);
}
