//! U1–U5: the consent page and its answer.

use domain::grants::tables::grant;
use http::{Request, StatusCode};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::{
    client::{AuthMethod, ClientSource},
    role::ProductRole,
};

use crate::support::{ISSUER, MEMBER, OWNER, TestApp, Tokens, VIEWER, answered, authorize_url, membership};

#[tokio::test]
async fn u1_the_page_says_who_asks_for_what_and_where_the_answer_goes() {
    let app = TestApp::start().await;
    let name = "<b>Bank</b>";
    let client =
        app.client(name, ClientSource::Dynamic, AuthMethod::None, &["http://127.0.0.1/callback"]).await;
    let mut browser = app.signed_in(MEMBER).await;
    let (handle, _) = browser.open_consent(&authorize_url(&client, &[("scope", "mcp:read mcp:write")])).await;
    let page = browser.get(&format!("/consent/{handle}")).await.body;
    for text in ["Unverified", "127.0.0.1", "This app runs on your computer", MEMBER, "mcp:read", "mcp:write"]
    {
        assert!(page.contains(text), "{text}");
    }
    let raw = page.find(name).map(|at| &page[at.saturating_sub(80)..at + 40]);
    assert_eq!(raw, None, "a name is text");
    assert!(page.contains("&lt;b&gt;Bank"));
    assert!(!page.contains("api:read"), "only what was asked for is offered");
}

#[tokio::test]
async fn u1_an_address_on_the_web_gets_no_loopback_warning() {
    let (app, client) = TestApp::with_confidential_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let (handle, _) = browser.open_consent(&authorize_url(&client, &[])).await;
    let page = browser.get(&format!("/consent/{handle}")).await.body;
    assert!(page.contains("client.example") && !page.contains("runs on your computer"));
}

#[tokio::test]
async fn u2_forged_answers_grant_nothing() {
    let (app, client) = TestApp::with_public_client().await;
    let product = app.product_id("acme", "support").await;
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    for csrf in ["", "x"] {
        let forged = (form.0.clone(), csrf.to_owned());
        let answer = browser.decide(&forged, "approve", &product, "mcp:read").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let good = answered(&form, "approve", &product, "mcp:read");
    for headers in [
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
        [("origin", "https://evil.example")],
        [("origin", "null")],
    ] {
        let answer = browser.post_from("/oauth/consent", &good, &headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    // Another person's session in the same browser makes another form.
    browser.sign_in(OWNER).await;
    assert_eq!(browser.post("/oauth/consent", &good).await.status, StatusCode::FORBIDDEN);
    // Another browser does not know the request at all.
    let mut other = app.signed_in(MEMBER).await;
    assert_eq!(other.post("/oauth/consent", &good).await.status, StatusCode::FORBIDDEN);
    // Signed out: to the sign-in page.
    let back = format!("/sign-in?next=/consent/{}", form.0);
    assert_eq!(app.browser().post("/oauth/consent", &good).await.location(), back);
    // A decision that is neither.
    browser.sign_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    assert_eq!(browser.decide(&form, "maybe", &product, "mcp:read").await.status, StatusCode::FORBIDDEN);
    assert!(!browser.get("/o/acme/settings/apps").await.body.contains("Test client"));
}

#[tokio::test]
async fn u2_a_request_is_answered_once_and_expires() {
    let (app, client) = TestApp::with_public_client().await;
    let product = app.product_id("acme", "support").await;
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    let first = browser.decide(&form, "approve", &product, "mcp:read").await;
    assert!(first.location_param("code").is_some());
    for decision in ["approve", "deny"] {
        let again = browser.decide(&form, decision, &product, "mcp:read").await;
        assert_eq!(again.location(), format!("/consent/{}", form.0));
        assert!(!browser.get(again.location()).await.body.contains("name=\"csrf\""));
    }
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    app.clock.advance(10 * domain::clock::MINUTE);
    let late = browser.decide(&form, "approve", &product, "mcp:read").await;
    assert_eq!(late.location(), format!("/consent/{}", form.0));
    let page = browser.get(late.location()).await.body;
    // `<!>` is what hydration counts nodes by.
    let shown = page.replace("<!>", "");
    assert!(shown.contains("Return to <bdi>Test client</bdi>"), "{page}");
}

#[tokio::test]
async fn u3_only_ones_own_products_and_only_requested_scopes() {
    let (app, client) = TestApp::with_public_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    for product in [
        app.product_id("globex", "research").await.to_string(),
        app.product_id("acme", "sales").await.to_string(),
        "prd_x".to_owned(),
        String::new(),
    ] {
        let form = browser.open_consent(&authorize_url(&client, &[])).await;
        let answer = browser.decide(&form, "approve", &product, "mcp:read").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{product}");
    }
    let product = app.product_id("acme", "support").await;
    for scopes in ["api:read", "mcp:admin", "openid", "mcp:read mcp:write api:write"] {
        let form = browser.open_consent(&authorize_url(&client, &[("scope", "mcp:write")])).await;
        let answer = browser.decide(&form, "approve", &product, scopes).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{scopes}");
    }
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    let page = browser.get(&format!("/consent/{}", form.0)).await.body;
    assert!(page.contains("Support") && !page.contains("Research") && !page.contains("Sales"));
}

#[tokio::test]
async fn u3_a_narrowed_choice_gives_a_narrower_token() {
    let (app, client) = TestApp::with_public_client().await;
    let more = [("scope", "mcp:read mcp:write mcp:execute")];
    let code = app.code_for(OWNER, &client, ("acme", "support"), &more, "mcp:read").await;
    let tokens = Tokens::of(&client.exchange(&app, &code).await);
    assert_eq!(tokens.scope, "mcp:read");
}

#[tokio::test]
async fn u3_a_choice_beyond_the_role_or_of_nothing_comes_back_to_the_page() {
    let (app, client) = TestApp::with_public_client().await;
    let mut browser = app.signed_in(VIEWER).await;
    for (scopes, sentence) in [("mcp:write", "as viewer of Support"), ("", "at least one permission")] {
        let form = browser.open_consent(&authorize_url(&client, &[])).await;
        let answer = browser.approve(&form, scopes).await;
        let page = browser.get(answer.location()).await.body;
        assert!(page.contains(sentence), "{page}");
        // Nothing was granted, and the request still waits.
        let answer = browser.approve(&form, "mcp:read").await;
        assert!(answer.location_param("code").is_some());
    }
}

#[tokio::test]
async fn u4_yes_and_no_go_back_with_303_state_and_iss() {
    let app = TestApp::start().await;
    let product = app.product_id("acme", "support").await;
    let mut browser = app.signed_in(MEMBER).await;
    for uri in [
        "https://client.example/cb?tenant=1",
        "http://127.0.0.1/cb",
        "cursor://anysphere.cursor-mcp/oauth/callback",
    ] {
        let client = app.client("Any", ClientSource::Dynamic, AuthMethod::None, &[uri]).await;
        for (decision, name) in [("approve", "code"), ("deny", "error")] {
            let form = browser.open_consent(&authorize_url(&client, &[("state", "a b/ü%2F")])).await;
            let answer = browser.decide(&form, decision, &product, "mcp:read").await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER);
            assert!(answer.location().starts_with(uri), "{}", answer.location());
            assert!(answer.location_param(name).is_some(), "{}", answer.location());
            assert_eq!(answer.location_param("state").as_deref(), Some("a b/ü%2F"));
            assert_eq!(answer.location_param("iss").as_deref(), Some(ISSUER));
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
    let page = browser.get("/o/acme/settings/apps").await.body;
    assert!(!page.contains("client.example"), "a refused or unused authorization is not shown");
}

#[tokio::test]
async fn u4_a_client_that_changed_in_between_gets_nothing() {
    let (app, client) = TestApp::with_public_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    domain::clients::status::set_disabled(app.db().write(), &client.id, Some(app.now())).await.unwrap();
    assert_eq!(browser.approve(&form, "mcp:read").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn u4_a_role_that_shrank_in_between_grants_nothing() {
    let (app, client) = TestApp::with_public_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Viewer).await;
    let answer = browser.approve(&form, "mcp:write").await;
    assert!(answer.location().starts_with("/consent/"));
}

#[tokio::test]
async fn u5_the_grant_shows_in_the_apps_table_once_its_code_is_exchanged() {
    let (app, client) = TestApp::with_public_client().await;
    let code = app.code(MEMBER, &client, "mcp:read").await;
    let mut browser = app.signed_in(MEMBER).await;
    assert!(!browser.get("/o/acme/settings/apps").await.body.contains("Test client"));
    Tokens::of(&client.exchange(&app, &code).await);
    let page = browser.get("/o/acme/settings/apps").await.body;
    for text in ["Test client", "Support", "Mel Member", "Never"] {
        assert!(page.contains(text), "{text}");
    }
}

#[tokio::test]
async fn u5_the_grant_says_who_let_whom_in_where_when_and_from_where() {
    let app = TestApp::start_with(&["--trusted-proxies", "10.0.0.0/8"]).await;
    let client = app.public_client().await;
    let user = app.user_id(MEMBER).await;
    let seat = membership(app.db(), MEMBER, "acme", "support").await;
    let mut browser = app.signed_in(MEMBER).await;
    let resource = format!("{ISSUER}/mcp");
    let more = [("scope", "mcp:read mcp:write"), ("resource", resource.as_str())];
    let form = browser.open_consent(&authorize_url(&client, &more)).await;
    app.clock.advance(domain::clock::MINUTE);
    let pairs = answered(&form, "approve", &seat.product_id, "mcp:read");
    let request = Request::post("/oauth/consent")
        .header("origin", ISSUER)
        .header("sec-fetch-site", "same-origin")
        .header("cookie", browser.cookie_header())
        .header("x-forwarded-for", "192.0.2.9, 198.51.100.1");
    let answer = app.send_from("10.0.0.1", request, &pairs).await;
    assert!(answer.location_param("code").is_some(), "{}", answer.body);

    let stored = grant::Entity::find().filter(grant::Column::ClientId.eq(&client.id)).all(app.db().read());
    let [row] = <[grant::Model; 1]>::try_from(stored.await.unwrap()).unwrap();
    assert_eq!(row.user_id, user);
    assert_eq!(
        (row.organization_id.as_ref(), row.product_id.as_ref()),
        (Some(&seat.organization_id), Some(&seat.product_id))
    );
    assert_eq!(
        (row.scopes.to_string(), row.resources.to_string()),
        ("mcp:read".to_owned(), "mcp".to_owned())
    );
    assert_eq!(row.authorized_at, app.now());
    assert_eq!(row.authorized_address, "198.51.100.1");
    assert_eq!((row.subject.as_str(), row.status.as_str()), ("person", "pending"));
}
