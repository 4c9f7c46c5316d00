//! F2: within its window a refresh token gives the answer that it gave, to the request that it was given to, and to
//! nobody else.

use domain::{
    accounts::users,
    clock::{DAY, HOUR, SECOND},
    workspaces::products,
};
use http::StatusCode;
use serde_json::json;
use types::{client::ClientType, role::ProductRole};

use crate::support::{Answer, ClientApp, ISSUER, MEMBER, TestApp, Tokens, client_credentials, membership};

/// A client with tokens for both resources.
async fn with_both(app: &TestApp) -> (ClientApp, Tokens) {
    let client = app.public_client().await;
    let scopes = "mcp:read api:read api:write";
    let (mcp, api) = (format!("{ISSUER}/mcp"), format!("{ISSUER}/api"));
    let more = [("scope", scopes), ("resource", mcp.as_str()), ("resource", api.as_str())];
    let code = app.code_for(MEMBER, &client, ("acme", "support"), &more, scopes).await;
    let tokens = Tokens::of(&client.exchange(app, &code).await);
    assert_eq!(tokens.scope, scopes);
    (client, tokens)
}

fn refused(answer: &Answer, error: &str, why: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, error), "{why}");
    assert!(!answer.body.contains("access_token"), "{why}: {}", answer.body);
}

async fn lives(app: &TestApp, client: &ClientApp, tokens: &Tokens, why: &str) {
    assert_eq!(client.refresh(app, &tokens.refresh).await.status, StatusCode::OK, "{why}");
    let live = app.number("SELECT COUNT(*) FROM grants WHERE status = 'active'").await;
    assert_eq!(live, 1, "{why}");
}

#[tokio::test]
async fn f2_the_same_token_with_another_resource_gets_nothing_and_harms_nobody() {
    let (mcp, api) = (format!("{ISSUER}/mcp"), format!("{ISSUER}/api"));
    let (mcp, api) = (("resource", mcp.as_str()), ("resource", api.as_str()));
    let both = [mcp, api];
    let other = ("resource", "https://other.example/mcp");
    // What was asked first, and what is asked then.
    for (first, then, error) in [
        (&[mcp][..], &[api][..], "invalid_grant"),
        (&[api], &[mcp], "invalid_grant"),
        (&[mcp], &[], "invalid_grant"),
        (&[mcp], &both, "invalid_grant"),
        (&[], &[api], "invalid_grant"),
        (&both, &[mcp], "invalid_grant"),
        (&[mcp], &[other], "invalid_target"),
        (&[mcp], &[mcp, other], "invalid_target"),
    ] {
        let app = TestApp::start().await;
        let (client, tokens) = with_both(&app).await;
        let answer = client.refresh_with(&app, &tokens.refresh, first).await;
        let why = format!("{first:?}, then {then:?}");
        let next = Tokens::of(&answer);
        for _ in 0..3 {
            refused(&client.refresh_with(&app, &tokens.refresh, then).await, error, &why);
        }
        let again = client.refresh_with(&app, &tokens.refresh, first).await;
        assert_eq!((again.status, &again.body), (StatusCode::OK, &answer.body), "{why}");
        lives(&app, &client, &next, &why).await;
    }
}

#[tokio::test]
async fn f2_both_resources_by_name_or_by_silence_are_the_same_request() {
    let app = TestApp::start().await;
    let (client, tokens) = with_both(&app).await;
    let answer = client.refresh(&app, &tokens.refresh).await;
    let api = format!("{ISSUER}/api/");
    let named = [("resource", api.as_str()), ("resource", "HTTP://127.0.0.1:4000/mcp")];
    let again = client.refresh_with(&app, &tokens.refresh, &named).await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &answer.body));
}

#[tokio::test]
async fn f2_the_successor_of_a_narrow_request_covers_what_its_predecessor_did() {
    let app = TestApp::start().await;
    let (client, tokens) = with_both(&app).await;
    let mcp = format!("{ISSUER}/mcp");
    let audience = |tokens: &Tokens| app.state.keys.verify(&tokens.access, ISSUER).unwrap().aud;
    let one = Tokens::of(&client.refresh_with(&app, &tokens.refresh, &[("resource", &mcp)]).await);
    assert_eq!((audience(&one), one.scope.as_str()), (vec![mcp.clone()], "mcp:read"));
    assert_eq!(app.call_api(&one).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.call_tool(&one, "list_work_items", json!({})).await.status, StatusCode::OK);
    let next = Tokens::of(&client.refresh(&app, &one.refresh).await);
    assert_eq!((audience(&next).len(), next.scope.as_str()), (2, "mcp:read api:read api:write"));
}

#[tokio::test]
async fn f2_another_client_within_the_window_gets_nothing() {
    let app = TestApp::start().await;
    let (client, tokens) = with_both(&app).await;
    let answer = client.refresh(&app, &tokens.refresh).await;
    for other in [app.public_client().await, app.confidential_client().await] {
        refused(&other.refresh(&app, &tokens.refresh).await, "invalid_grant", "another client");
        app.clock.advance(10 * SECOND);
    }
    app.clock.advance(DAY);
    let other = app.public_client().await;
    refused(&other.refresh(&app, &tokens.refresh).await, "invalid_grant", "another client, late");
    lives(&app, &client, &Tokens::of(&answer), "a stranger with an old token ends nothing").await;
}

/// The statements that take access away, each by itself.
#[tokio::test]
async fn f2_the_kept_answer_is_for_those_who_still_have_access() {
    for how in ["disabled", "left", "blocked", "revoked", "role", "ceiling"] {
        let app = TestApp::start().await;
        let (client, tokens) = with_both(&app).await;
        let answer = client.refresh(&app, &tokens.refresh).await;
        let user = app.user_id(MEMBER).await;
        match how {
            "disabled" => users::disable(app.db().write(), &user, app.now()).await.unwrap(),
            "left" => {
                let organization = membership(app.db(), MEMBER, "acme", "support").await.organization_id;
                products::remove_membership(app.db().write(), &organization, &user).await.unwrap();
            }
            "blocked" => app.execute(&format!("UPDATE clients SET blocked_at = {}", app.now())).await,
            "revoked" => app.execute("UPDATE grants SET status = 'revoked'").await,
            "role" => app.execute(&format!("DELETE FROM product_roles WHERE user_id = '{user}'")).await,
            _ => app.execute("UPDATE clients SET ceiling = 'api:admin'").await,
        }
        let again = client.refresh(&app, &tokens.refresh).await;
        refused(&again, "invalid_grant", how);
        refused(&client.refresh(&app, &Tokens::of(&answer).refresh).await, "invalid_grant", how);
    }
}

#[tokio::test]
async fn f2_the_window_is_open_until_its_last_moment_and_sweeps_do_not_shorten_it() {
    let app = TestApp::start().await;
    let (client, tokens) = with_both(&app).await;
    let answer = client.refresh(&app, &tokens.refresh).await;
    app.clock.advance(30 * SECOND - 1);
    app.sweep().await;
    let again = client.refresh(&app, &tokens.refresh).await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &answer.body));
    app.clock.advance(1);
    refused(&client.refresh(&app, &tokens.refresh).await, "invalid_grant", "a moment later");
    let next = Tokens::of(&answer);
    refused(&client.refresh(&app, &next.refresh).await, "invalid_grant", "the family is gone");
}

/// A token that is remembered ends its family whenever it comes back, however often sweeps went over it.
#[tokio::test]
async fn f2_an_old_token_is_remembered_as_long_as_it_would_have_lived_and_a_day_more() {
    // Thirty days without use end a token, and nothing is known of it a day later.
    for (after, kills) in [(HOUR, true), (29 * DAY, true), (31 * DAY, true), (31 * DAY + SECOND, false)] {
        let app = TestApp::start().await;
        let (client, tokens) = with_both(&app).await;
        let mut latest = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
        let mut left = after;
        while left > 0 {
            let step = left.min(20 * DAY);
            app.clock.advance(step);
            left -= step;
            app.sweep().await;
            latest = Tokens::of(&client.refresh(&app, &latest.refresh).await);
        }
        refused(&client.refresh(&app, &tokens.refresh).await, "invalid_grant", "old");
        let alive = app.call_api(&latest).await.status == StatusCode::OK;
        assert_eq!(alive, !kills, "an old token after {after} ms");
    }
}

#[tokio::test]
async fn f3_what_is_asked_for_is_cut_to_what_the_person_still_has() {
    let (app, client) = TestApp::with_public_client().await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Operator).await;
    let tokens = app.tokens(MEMBER, &client, "api:write api:execute").await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Viewer).await;
    let claims = |tokens: &Tokens| app.state.keys.verify(&tokens.access, ISSUER).unwrap();
    let cut = Tokens::of(&client.refresh_with(&app, &tokens.refresh, &[("scope", "api:write")]).await);
    assert_eq!((cut.scope.as_str(), claims(&cut).scope.as_str()), ("api:read", "api:read"));
    assert_eq!(claims(&cut).narrowed, Some(true));
    // What it was cut to is as narrow as it gets: the role that comes back brings no more.
    app.set_role(MEMBER, "acme", "support", ProductRole::Operator).await;
    let bearer = cut.bearer();
    let body = json!({ "title": "x" });
    let written = app.post_json("/api/v1/work-items", &body, &[("authorization", &bearer)]).await;
    assert_eq!(written.error(), "insufficient_scope");
    // Asked for all, a token follows its grant.
    let all =
        Tokens::of(&client.refresh_with(&app, &cut.refresh, &[("scope", "api:write api:execute")]).await);
    assert_eq!((all.scope.as_str(), claims(&all).narrowed), ("api:read api:write api:execute", None));
    app.execute("UPDATE grants SET scopes = 'api:read'").await;
    let less = Tokens::of(&client.refresh(&app, &all.refresh).await);
    assert_eq!((less.scope.as_str(), claims(&less).narrowed), ("api:read", None));
}

#[tokio::test]
async fn f3_what_a_client_by_itself_asks_for_is_cut_to_what_its_person_still_has() {
    let app = TestApp::start().await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Admin).await;
    let product = app.product_id("acme", "support").await;
    let mut member = app.signed_in(MEMBER).await;
    let client = member.register("Own", ClientType::Confidential).await;
    let let_in = json!({ "client_id": client.id, "product_id": product, "scopes": "api:admin" });
    member.ask::<()>("authorize_service_access", let_in).await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Viewer).await;
    for (more, narrowed) in [(&[][..], None), (&[("scope", "api:write")], Some(true))] {
        let tokens = Tokens::of(&client_credentials::ask(&app, &client, more).await);
        let claims = app.state.keys.verify(&tokens.access, ISSUER).unwrap();
        assert_eq!((tokens.scope.as_str(), claims.scope.as_str()), ("api:read", "api:read"), "{more:?}");
        assert_eq!(claims.narrowed, narrowed, "{more:?}");
    }
}

#[tokio::test]
async fn f3_scopes_of_a_resource_that_was_not_asked_for_bring_nothing() {
    let app = TestApp::start().await;
    let (client, tokens) = with_both(&app).await;
    let mcp = format!("{ISSUER}/mcp");
    let resource = ("resource", mcp.as_str());
    for scope in ["api:read", "api:read api:write", "api:read openid"] {
        let answer = client.refresh_with(&app, &tokens.refresh, &[resource, ("scope", scope)]).await;
        refused(&answer, "invalid_scope", scope);
    }
    let both = [resource, ("scope", "mcp:read api:read")];
    let one = Tokens::of(&client.refresh_with(&app, &tokens.refresh, &both).await);
    let claims = app.state.keys.verify(&one.access, ISSUER).unwrap();
    assert_eq!((one.scope.as_str(), claims.scope.as_str()), ("mcp:read", "mcp:read"));
    assert_eq!(claims.narrowed, None, "all that there is at this resource");
}
