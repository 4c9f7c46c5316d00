//! Clients that act by themselves (OAuth 2.1 §4.2), each with one grant that somebody made for it.

use domain::{accounts::users, grants, workspaces::products};
use http::StatusCode;
use serde_json::json;
use types::{
    apps::GrantState,
    client::{AuthMethod, ClientSource, ClientType},
    role::{OrgRole, ProductRole},
};

use crate::support::{
    ADMIN, ClientApp, ISSUER, MEMBER, OUTSIDER, OWNER, TestApp, Tokens,
    client_credentials::{allow, allowed, ask},
    membership,
};

/// The claims of an access token.
fn claims(token: &str) -> serde_json::Value {
    jsonwebtoken::dangerous::insecure_decode_claims(token).unwrap()
}

#[tokio::test]
async fn a_client_acts_by_itself_as_far_as_it_was_let() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    let answer = ask(&app, &client, &[]).await;
    let tokens = Tokens::of(&answer);
    assert_eq!(tokens.scope, "mcp:read api:read api:write");
    assert_eq!(answer.json().get("refresh_token"), None);
    assert_eq!(answer.header("cache-control"), "no-store");
    let said = claims(&tokens.access);
    assert_eq!((&said["sub"], &said["client_id"]), (&json!(client.id), &json!(client.id)));
    assert_eq!(said["aud"], json!([format!("{ISSUER}/mcp"), format!("{ISSUER}/api")]));
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    let listed = app.call_tool(&tokens, "list_work_items", json!({})).await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.body);
    // As far, and no farther. Nobody consents for it, so a challenge would send it in circles.
    let refused = app.call_tool(&tokens, "create_work_item", json!({ "title": "x" })).await;
    assert_eq!((refused.status, refused.header("www-authenticate")), (StatusCode::OK, ""));
    assert_eq!(refused.json()["result"]["isError"], true, "{}", refused.body);
    let bearer = tokens.bearer();
    let delete = http::Request::delete("/api/v1/work-items/wki_x")
        .header("host", "127.0.0.1:4000")
        .header("authorization", &bearer)
        .body(axum::body::Body::empty())
        .unwrap();
    let refused = app.send(delete).await;
    assert_eq!(refused.refusal(), "403 access_denied");
    assert_eq!(refused.header("www-authenticate"), "");
}

#[tokio::test]
async fn what_it_does_is_its_own_deed() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    let tokens = Tokens::of(&ask(&app, &client, &[]).await);
    let bearer = tokens.bearer();
    let headers = [("authorization", bearer.as_str())];
    let made = app.post_json("/api/v1/work-items", &json!({ "title": "Nightly" }), &headers).await;
    assert_eq!((made.status, &made.json()["created_by"]), (StatusCode::CREATED, &json!("Nightly report")));
}

#[tokio::test]
async fn who_let_it_where_is_for_those_who_are_there() {
    let app = TestApp::start().await;
    let mut outsider = app.signed_in(OUTSIDER).await;
    let client = outsider.register("Foreign", ClientType::Confidential).await;
    let mut admin = app.signed_in(ADMIN).await;
    assert_eq!(allow(&app, &mut admin, &client, "support", "api:read").await.status, StatusCode::OK);
    let details = json!({ "client_id": client.id, "activity_page": 1 });
    let seen = outsider.call("oauth_app", &details).await;
    assert_eq!(seen.json()["own"]["current"]["scopes"], "api:read", "{}", seen.body);
    for secret in ["Acme", "Support", "acme", "Ada Admin"] {
        assert!(!seen.json()["own"].to_string().contains(secret), "{secret}: {}", seen.body);
    }
    assert!(admin.call("oauth_app", &details).await.json()["own"].to_string().contains("Support"));
}

#[tokio::test]
async fn a_request_may_ask_for_less_and_never_for_more() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    let less = Tokens::of(&ask(&app, &client, &[("scope", "api:read openid")]).await);
    assert_eq!(less.scope, "api:read");
    let api = format!("{ISSUER}/api");
    let one = Tokens::of(&ask(&app, &client, &[("resource", &api)]).await);
    assert_eq!(one.scope, "api:read api:write");
    assert_eq!(claims(&one.access)["aud"], json!([api]));
    for (asked, issued) in [("api:admin", "api:read api:write"), ("mcp:write", "mcp:read")] {
        assert_eq!(Tokens::of(&ask(&app, &client, &[("scope", asked)]).await).scope, issued, "{asked}");
    }
    let elsewhere = ask(&app, &client, &[("resource", &api), ("scope", "mcp:read")]).await;
    assert_eq!(elsewhere.error(), "invalid_scope");
    for (more, error) in [
        (("scope", "openid"), "invalid_scope"),
        (("resource", "https://other.example/api"), "invalid_target"),
    ] {
        let answer = ask(&app, &client, &[more]).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, error), "{more:?}");
    }
    let twice = ask(&app, &client, &[("scope", "api:read"), ("scope", "api:read")]).await;
    assert_eq!(twice.error(), "invalid_request");
}

#[tokio::test]
async fn only_who_was_let_and_proves_itself() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    // Confidential, but nobody let it.
    let other = app.confidential_client().await;
    assert_eq!(ask(&app, &other, &[]).await.error(), "unauthorized_client");
    // A consent of a person does not let it act by itself.
    app.tokens(MEMBER, &other, "api:read").await;
    assert_eq!(ask(&app, &other, &[]).await.error(), "unauthorized_client");
    let public = app.public_client().await;
    assert_eq!(ask(&app, &public, &[]).await.error(), "unauthorized_client");
    let stolen = ClientApp { secret: Some("gpk_wrong".to_owned()), ..client.clone() };
    let refused = ask(&app, &stolen, &[]).await;
    assert_eq!(refused.refusal(), "401 invalid_client");
    let unproven = ClientApp { secret: None, ..client.clone() };
    assert_eq!(ask(&app, &unproven, &[]).await.error(), "invalid_client");
}

#[tokio::test]
async fn only_an_admin_of_the_product_lets_an_app_of_their_own() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let mut member = app.signed_in(MEMBER).await;
    let theirs = owner.register("Theirs", ClientType::Confidential).await;
    let own = member.register("Own", ClientType::Confidential).await;
    // Another's app, for all that one is: not there.
    let foreign = allow(&app, &mut member, &theirs, "support", "api:read").await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    // One's own, where one is no admin.
    for (product, role) in [("support", Some(ProductRole::Operator)), ("sales", None)] {
        if let Some(role) = role {
            app.set_role(MEMBER, "acme", product, role).await;
        }
        let refused = allow(&app, &mut member, &own, product, "api:read").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{product}: {}", refused.body);
    }
    app.set_role(MEMBER, "acme", "support", ProductRole::Admin).await;
    assert_eq!(allow(&app, &mut member, &own, "support", "api:read").await.status, StatusCode::OK);
    // Nothing, nonsense, and kinds of apps that cannot.
    let nothing = allow(&app, &mut owner, &theirs, "support", "openid").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let public = owner.register("Public", ClientType::Public).await;
    assert_eq!(allow(&app, &mut owner, &public, "support", "api:read").await.status, StatusCode::FORBIDDEN);
    let dynamic = ["https://client.example/cb"];
    let dynamic = app.client("Dyn", ClientSource::Dynamic, AuthMethod::SecretBasic, &dynamic).await;
    let mut admin = app.signed_in(ADMIN).await;
    assert_eq!(allow(&app, &mut admin, &dynamic, "support", "api:read").await.status, StatusCode::FORBIDDEN);
    let mut nobody = app.browser();
    assert_eq!(allow(&app, &mut nobody, &own, "support", "api:read").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn its_grant_stands_in_the_apps_tab_and_ends_there() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    let tokens = Tokens::of(&ask(&app, &client, &[]).await);
    Tokens::of(&ask(&app, &client, &[]).await);
    let mut owner = app.signed_in(OWNER).await;
    let list = json!({ "organization": "acme", "query": { "status": "all" } });
    let rows = owner.call("connected_apps", &list).await.json()["rows"].clone();
    let row = rows.as_array().unwrap().iter().find(|row| row["app"] == "Nightly report").unwrap();
    let grant = row["grant_id"].as_str().unwrap().to_owned();
    let revoked = owner.call("revoke_grant", &json!({ "grant_id": grant })).await;
    assert_eq!(revoked.json()["tokens"], 2, "{}", revoked.body);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&app, &client, &[]).await.error(), "unauthorized_client");
    let rows = owner.call("connected_apps", &list).await.json()["rows"].clone();
    let row: GrantState = serde_json::from_value(rows[0]["status"].clone()).unwrap();
    assert!(matches!(row, GrantState::Revoked { .. }));
}

#[tokio::test]
async fn it_can_do_no_more_than_the_person_who_let_it_and_another_grant_takes_its_place() {
    let app = TestApp::start().await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Admin).await;
    let mut member = app.signed_in(MEMBER).await;
    let client = member.register("Own", ClientType::Confidential).await;
    allow(&app, &mut member, &client, "support", "api:admin").await;
    let tokens = Tokens::of(&ask(&app, &client, &[]).await);
    assert_eq!(tokens.scope, "api:read api:write api:execute api:admin");
    app.set_role(MEMBER, "acme", "support", ProductRole::Viewer).await;
    assert_eq!(Tokens::of(&ask(&app, &client, &[]).await).scope, "api:read");
    app.set_role(MEMBER, "acme", "support", ProductRole::Admin).await;

    let before = grants::service_grant_of(app.db().read(), &client.client_id()).await.unwrap().unwrap();
    let (one, two) = {
        let mut other = app.signed_in(MEMBER).await;
        tokio::join!(
            allow(&app, &mut member, &client, "support", "api:read"),
            allow(&app, &mut other, &client, "support", "mcp:read"),
        )
    };
    assert_eq!((one.status, two.status), (StatusCode::OK, StatusCode::OK), "{} {}", one.body, two.body);
    let after = grants::service_grant_of(app.db().read(), &client.client_id()).await.unwrap().unwrap();
    assert_ne!(before.id, after.id);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(Tokens::of(&ask(&app, &client, &[]).await).scope, after.scopes.to_string());
}

#[tokio::test]
async fn it_ends_with_the_membership_and_the_account_of_the_person_who_let_it() {
    let app = TestApp::start().await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Admin).await;
    let mut member = app.signed_in(MEMBER).await;
    let client = member.register("Own", ClientType::Confidential).await;
    allow(&app, &mut member, &client, "support", "api:read mcp:read").await;
    let tokens = Tokens::of(&ask(&app, &client, &[]).await);
    let is_out = async |why: &str| {
        assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED, "{why}");
        let tool = app.call_tool(&tokens, "list_work_items", json!({})).await;
        assert_eq!(tool.status, StatusCode::UNAUTHORIZED, "{why}");
        let asked = ask(&app, &client, &[]).await;
        assert_eq!(asked.refusal(), "400 unauthorized_client", "{why}");
    };
    let user = app.user_id(MEMBER).await;
    let seat = membership(app.db(), MEMBER, "acme", "support").await;
    products::remove_membership(app.db().write(), &seat.organization_id, &user).await.unwrap();
    is_out("no member").await;
    let again =
        products::set_membership(app.db().write(), &seat.organization_id, &user, OrgRole::Member, app.now());
    again.await.unwrap();
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    Tokens::of(&ask(&app, &client, &[]).await);
    users::disable(app.db().write(), &user, app.now()).await.unwrap();
    is_out("disabled").await;
}

#[tokio::test]
async fn an_app_that_is_switched_off_gets_nothing() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    let tokens = Tokens::of(&ask(&app, &client, &[]).await);
    let mut owner = app.signed_in(OWNER).await;
    let off = json!({ "client_id": client.id, "disabled": true });
    owner.call("set_client_disabled", &off).await;
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&app, &client, &[]).await.error(), "invalid_grant");
    assert_eq!(allow(&app, &mut owner, &client, "support", "api:read").await.status, StatusCode::FORBIDDEN);
    owner.call("delete_client", &json!({ "client_id": client.id, "name": "Nightly report" })).await;
    assert_eq!(ask(&app, &client, &[]).await.error(), "invalid_client");
}
