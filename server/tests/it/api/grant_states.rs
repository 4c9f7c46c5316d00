//! The states of a grant, as calls, tokens and pages see them: paused and resumed, with fewer and with more permissions, and
//! of no product at all.

use domain::grants::{
    self, Grant, NewGrant,
    life::{self, Deed, Revocation},
};
use http::StatusCode;
use serde_json::json;
use types::{
    apps::GrantState,
    client::ClientType,
    grant::{GrantStatus, RevokeReason, Subject},
    id::GrantId,
    scope::{ResourceSet, ScopeSet},
};

use crate::support::{ADMIN, Answer, ClientApp, MEMBER, OWNER, TestApp, Tokens, assert_counts};

/// An app that keeps a secret, with tokens of the member's.
async fn connected(app: &TestApp, scope: &str) -> (ClientApp, Tokens) {
    let client = app.signed_in(OWNER).await.register("Reports", ClientType::Confidential).await;
    let tokens = app.tokens(MEMBER, &client, scope).await;
    (client, tokens)
}

/// A thing that happens to a grant.
#[derive(Clone, Copy)]
enum Step<'a> {
    Pause,
    Resume,
    Narrow(&'a str),
    Widen(&'a str),
    Revoke,
}

/// Takes a step, as its person. `false` when that is not possible.
async fn step(app: &TestApp, grant_id: &GrantId, step: Step<'_>) -> bool {
    let person = app.user_id(MEMBER).await;
    let (deed, now) = (Deed { by: Some(&person), address: "192.0.2.1" }, app.now());
    let transaction = app.db().begin().await.unwrap();
    let grant = grants::lock(&transaction, grant_id).await.unwrap().unwrap();
    let scopes = |text| ScopeSet::parse_known(text);
    let done = match step {
        Step::Pause => life::pause(&transaction, &grant, deed, now).await,
        Step::Resume => life::resume(&transaction, &grant, deed, now).await,
        Step::Narrow(to) => life::narrow(&transaction, &grant, &scopes(to), deed, now).await,
        Step::Widen(to) => life::widen(&transaction, &grant, &scopes(to), deed, now).await,
        Step::Revoke => {
            let revocation = Revocation { reason: RevokeReason::Person, by: deed.by, address: deed.address };
            life::revoke(&transaction, &grant, revocation, now).await
        }
    };
    transaction.commit().await.unwrap();
    done.unwrap()
}

async fn stored(app: &TestApp, grant_id: &GrantId) -> Grant {
    grants::lookup(app.db().read(), grant_id).await.unwrap().unwrap()
}

async fn active(app: &TestApp, client: &ClientApp, token: &str) -> bool {
    client.post(app, "/oauth/introspect", &[("token", token)]).await.json()["active"] == true
}

/// Refused for a reason that no new consent changes: without a challenge, which would make clients loop.
fn is_plainly_refused(answer: &Answer) {
    assert_eq!((answer.status, answer.error()), (StatusCode::FORBIDDEN, "access_denied".to_owned()));
    assert!(!answer.headers.contains_key("www-authenticate"));
    assert!(answer.body.contains("paused"), "{}", answer.body);
}

#[tokio::test]
async fn what_is_paused_is_refused_without_a_challenge_and_still_refreshes() {
    let app = TestApp::start().await;
    let (client, tokens) = connected(&app, "api:read mcp:read").await;
    let grant = app.grant_of(&tokens);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    assert!(step(&app, &grant, Step::Pause).await);
    is_plainly_refused(&app.call_api(&tokens).await);
    is_plainly_refused(&app.call_tool(&tokens, "list_work_items", json!({})).await);
    assert!(!active(&app, &client, &tokens.access).await, "it opens nothing now");
    let refreshed = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    assert_eq!(refreshed.scope, tokens.scope);
    is_plainly_refused(&app.call_api(&refreshed).await);
    assert!(active(&app, &client, &refreshed.refresh).await, "it can be exchanged");

    let page = app.signed_in(MEMBER).await.connected_apps("acme", json!({})).await;
    assert_eq!(page.rows[0].status, GrantState::Paused { since: app.now() });

    assert!(step(&app, &grant, Step::Resume).await);
    for tokens in [&tokens, &refreshed] {
        assert_eq!(app.call_api(tokens).await.status, StatusCode::OK);
    }
    assert!(active(&app, &client, &tokens.access).await);
    assert_counts(app.db(), "the states of a grant").await;
}

#[tokio::test]
async fn who_lost_more_than_a_pause_takes_is_told_so() {
    let app = TestApp::start().await;
    let (client, tokens) = connected(&app, "api:read").await;
    step(&app, &app.grant_of(&tokens), Step::Pause).await;
    let mut admin = app.signed_in(ADMIN).await;
    let blocking = json!({ "ids": [client.id], "blocked": true });
    admin.ask::<serde_json::Value>("set_clients_blocked", blocking).await;
    let refused = app.call_api(&tokens).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.headers.contains_key("www-authenticate"));
}

#[tokio::test]
async fn what_an_app_does_by_itself_is_paused_like_everything_else() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let client = owner.register("Machine", ClientType::Confidential).await;
    let product = app.product_id("acme", "support").await;
    let access = json!({ "client_id": client.id, "product_id": product, "scopes": "api:read" });
    owner.ask::<()>("authorize_service_access", access).await;
    let token = async || {
        Tokens::of(&client.post(&app, "/oauth/token", &[("grant_type", "client_credentials")]).await)
    };
    let first = token().await;
    assert!(step(&app, &app.grant_of(&first), Step::Pause).await);
    is_plainly_refused(&app.call_api(&first).await);
    is_plainly_refused(&app.call_api(&token().await).await);
}

#[tokio::test]
async fn fewer_and_more_permissions_count_for_tokens_already_out() {
    let app = TestApp::start().await;
    let (client, tokens) = connected(&app, "api:read api:write mcp:read").await;
    let grant = app.grant_of(&tokens);
    let create = async || {
        app.post_json("/api/v1/work-items", &json!({ "title": "x" }), &[("authorization", &tokens.bearer())])
            .await
    };
    assert_eq!(create().await.status, StatusCode::CREATED);
    assert!(step(&app, &grant, Step::Narrow("api:read mcp:read")).await);
    let refused = create().await;
    assert_eq!((refused.status, refused.error()), (StatusCode::FORBIDDEN, "insufficient_scope".to_owned()));
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    let refreshed = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    assert_eq!(refreshed.scope, "mcp:read api:read");

    assert!(step(&app, &grant, Step::Widen("api:read api:write mcp:read mcp:write")).await);
    assert_eq!(create().await.status, StatusCode::CREATED);
    let again = Tokens::of(&client.refresh(&app, &refreshed.refresh).await);
    assert_eq!(again.scope, "mcp:read mcp:write api:read api:write");

    // Each is what it is called, and nothing else.
    for wrong in [
        Step::Narrow(""),
        Step::Narrow("api:read api:write mcp:read mcp:write"),
        Step::Narrow("api:read api:admin"),
        Step::Widen("api:read"),
        Step::Widen("api:read api:write mcp:read mcp:write"),
    ] {
        assert!(!step(&app, &grant, wrong).await);
    }
    assert_eq!(stored(&app, &grant).await.scopes.to_string(), "mcp:read mcp:write api:read api:write");
    assert_counts(app.db(), "the states of a grant").await;
}

#[tokio::test]
async fn more_permissions_open_another_resource() {
    let app = TestApp::start().await;
    let (client, tokens) = connected(&app, "mcp:read").await;
    let grant = app.grant_of(&tokens);
    let at_api = [("grant_type", "refresh_token"), ("resource", "http://127.0.0.1:4000/api")];
    let refresh = async |token: &str| {
        client.post(&app, "/oauth/token", &[&at_api[..], &[("refresh_token", token)]].concat()).await
    };
    assert_eq!(refresh(&tokens.refresh).await.error(), "invalid_target");
    assert!(step(&app, &grant, Step::Widen("mcp:read api:read")).await);
    let refreshed = Tokens::of(&refresh(&tokens.refresh).await);
    assert_eq!(app.call_api(&refreshed).await.status, StatusCode::OK);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED, "its audience is what it was");
}

#[tokio::test]
async fn a_step_is_taken_from_where_it_may_begin_and_is_on_the_record() {
    let app = TestApp::start().await;
    let (_, tokens) = connected(&app, "api:read api:write").await;
    let grant = app.grant_of(&tokens);
    let steps = [
        (Step::Resume, false, GrantStatus::Active),
        (Step::Pause, true, GrantStatus::Paused),
        (Step::Pause, false, GrantStatus::Paused),
        (Step::Narrow("api:read"), true, GrantStatus::Paused),
        (Step::Resume, true, GrantStatus::Active),
        (Step::Pause, true, GrantStatus::Paused),
        (Step::Revoke, true, GrantStatus::Revoked),
        (Step::Resume, false, GrantStatus::Revoked),
        (Step::Pause, false, GrantStatus::Revoked),
        (Step::Widen("api:read api:write"), false, GrantStatus::Revoked),
        (Step::Revoke, false, GrantStatus::Revoked),
    ];
    for (number, (taken, done, status)) in steps.into_iter().enumerate() {
        assert_eq!(step(&app, &grant, taken).await, done, "{number}");
        assert_eq!(stored(&app, &grant).await.status, status, "{number}");
    }
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    for (action, times) in [("paused", 2), ("resumed", 1), ("narrowed", 1), ("widened", 0), ("revoked", 1)] {
        let events = format!(
            "SELECT COUNT(*) FROM audit_events WHERE action = 'grant.{action}' AND grant_id = '{grant}' AND actor_id IS NOT NULL"
        );
        assert_eq!(app.number(&events).await, times, "{action}");
    }
    assert_counts(app.db(), "the states of a grant").await;
}

#[tokio::test]
async fn a_grant_of_no_product_opens_nothing_and_is_the_persons_and_the_administrators() {
    let app = TestApp::start().await;
    let (client, _) = connected(&app, "api:read").await;
    let now = app.now();
    let person = app.user_id(MEMBER).await;
    let transaction = app.db().begin().await.unwrap();
    let new = NewGrant {
        user_id: person,
        client_id: client.client_id(),
        product: None,
        scopes: ScopeSet::parse("openid profile"),
        resources: ResourceSet::default(),
        address: "192.0.2.1".to_owned(),
        subject: Subject::Person,
        origin: None,
    };
    let id = grants::add(&transaction, new, now).await.unwrap();
    let grant = grants::lock(&transaction, &id).await.unwrap().unwrap();
    assert!(life::activate(&transaction, &grant).await.unwrap());
    transaction.commit().await.unwrap();
    let grant = stored(&app, &id).await;
    assert_eq!((grant.scopes.to_string().as_str(), &grant.product), ("openid profile", &None));
    let (live, _) =
        domain::views::live_grants::lookup_of_call(app.db().read(), &id, "").await.unwrap().unwrap();
    assert_eq!((live.role, live.effective_scopes(grant.resources)), (None, None));

    let mut admin = app.signed_in(ADMIN).await;
    let page = admin.admin_client(&client.id).await;
    assert_eq!(page.grants_total, 2);
    assert!(page.grants.iter().any(|grant| grant.product.is_none()));
    let html = admin.get(&format!("/admin/oauth-clients/{}", client.id)).await.body;
    assert!(html.contains("Sign-in only"), "{html}");
    // No organization has it, so none sees it.
    let page = app.signed_in(OWNER).await.connected_apps("acme", json!({ "every": true })).await;
    assert_eq!(page.rows.len(), 1);
    assert!(step(&app, &id, Step::Revoke).await);
    assert_counts(app.db(), "the states of a grant").await;
}
