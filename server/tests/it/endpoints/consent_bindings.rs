//! U2, U4: an answer counts from the browser that asked, for the request that was shown, and for the app as it is when
//! the answer is written.

use std::sync::Arc;

use domain::{
    authorization_requests,
    clients::{self, bulk, status},
    clock::SECOND,
    crypto::secret::HashedSecret,
    db::Transaction,
    flows::consent::csrf_token,
    views::presented,
};
use http::StatusCode;
use sea_orm::ConnectionTrait;
use types::client::ClientType;

use crate::support::{
    Answer, BROWSER, Browser, ClientApp, ISSUER, MEMBER, OWNER, SESSION, TestApp, Tokens, authorize_url,
};

/// The CSRF token of a person's browser for a request, as its consent page would have it.
fn service_token(browser: &Browser<'_>, user_id: &str, handle: &str) -> String {
    csrf_token(&browser.cookies[BROWSER], user_id, handle)
}

/// Number of grants and codes.
async fn given(app: &TestApp) -> i64 {
    app.number("SELECT (SELECT COUNT(*) FROM grants) + (SELECT COUNT(*) FROM codes)").await
}

#[tokio::test]
async fn u2_another_browser_neither_opens_nor_answers_a_request() {
    let (app, client) = TestApp::with_public_client().await;
    let product = app.product_id("acme", "support").await;
    let mut asked = app.signed_in(MEMBER).await;
    let form = asked.open_consent(&authorize_url(&client, &[])).await;
    // It has requests of its own, so a cookie of its own, and its person may approve all of this.
    for email in [MEMBER, OWNER] {
        let mut other = app.signed_in(email).await;
        let own = other.open_consent(&authorize_url(&client, &[])).await;
        assert_ne!(other.cookies[BROWSER], asked.cookies[BROWSER]);
        let user_id = app.user_id(email).await;
        assert_eq!(
            service_token(&other, &user_id, &own.0),
            own.1,
            "a token made here is what its pages have"
        );
        let page = other.get(&format!("/consent/{}", form.0)).await.body;
        assert!(!page.contains("name=\"csrf\"") && !page.contains("Test client"), "{page}");
        let forged = (form.0.clone(), service_token(&other, &user_id, &form.0));
        for decision in ["approve", "deny"] {
            let answer = other.decide(&forged, decision, &product, "mcp:read").await;
            assert_eq!(answer.location(), format!("/consent/{}", form.0), "{email} {decision}");
        }
        // Nor without any cookie of a browser.
        other.cookies.remove(BROWSER);
        let answer = other.decide(&forged, "approve", &product, "mcp:read").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{email}");
    }
    assert_eq!(given(&app).await, 0);
    let answer = asked.decide(&form, "approve", &product, "mcp:read").await;
    assert!(answer.location_param("code").is_some(), "the request still waits for its own browser");
}

#[tokio::test]
async fn u2_a_token_is_for_the_request_that_was_shown() {
    let app = TestApp::start().await;
    let (shown, hidden) = (app.public_client().await, app.confidential_client().await);
    let product = app.product_id("acme", "support").await;
    let mut browser = app.signed_in(MEMBER).await;
    let first = browser.open_consent(&authorize_url(&shown, &[])).await;
    let second = browser.open_consent(&authorize_url(&hidden, &[])).await;
    assert_ne!(first.1, second.1);
    for (handle, token) in [(&second.0, &first.1), (&first.0, &second.1)] {
        for decision in ["approve", "deny"] {
            let mixed = (handle.clone(), token.clone());
            let answer = browser.decide(&mixed, decision, &product, "mcp:read").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{decision}");
        }
    }
    assert_eq!(given(&app).await, 0);
    for form in [first, second] {
        let answer = browser.decide(&form, "approve", &product, "mcp:read").await;
        assert!(answer.location_param("code").is_some(), "both still wait");
    }
}

/// Changes an app in a transaction that an approval waits for.
async fn end(app: &TestApp, transaction: &Transaction, client: &ClientApp, how: &str) {
    let row = clients::lock(transaction, &client.id).await.unwrap().unwrap();
    let set = |to: String| format!("UPDATE clients SET {to} WHERE id = '{}'", client.id);
    let now = app.now();
    match how {
        "blocked" => {
            let targets = [bulk::Target::from(&row)];
            bulk::set_blocked(transaction, &targets, Some(now)).await.map(|_| ())
        }
        "disabled" => status::set_disabled(transaction, &client.id, Some(now)).await.map(|_| ()),
        "deleted" => {
            let set = set(format!("deleted_at = {now}"));
            transaction.execute_unprepared(&set).await.map(|_| ()).map_err(Into::into)
        }
        "renamed" => {
            let set = set(format!("changed_at = {now}"));
            transaction.execute_unprepared(&set).await.map(|_| ()).map_err(Into::into)
        }
        "moved" => {
            let set = set("redirect_uris = '[\"https://moved.example/cb\"]'".to_owned());
            transaction.execute_unprepared(&set).await.map(|_| ()).map_err(Into::into)
        }
        _ => unreachable!("{how}"),
    }
    .unwrap();
}

/// Approves a request while somebody else holds what the approval has to write: every check before that has passed when
/// the app changes.
async fn approved_during(app: &Arc<TestApp>, client: &ClientApp, how: &'static str) -> Answer {
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(client, &[])).await;
    app.clock.advance(SECOND);
    let transaction = app.db().begin().await.unwrap();
    // PostgreSQL waits for the row, SQLite for the transaction.
    clients::lock(&transaction, &client.id).await.unwrap();
    let (approving, cookies) = (Arc::clone(app), browser.cookies.clone());
    let waiting = tokio::spawn({
        let form = form.clone();
        async move {
            let mut browser = approving.browser();
            browser.cookies = cookies;
            browser.approve(&form, "mcp:read").await
        }
    });
    // It reads less before it waits than one of these pages.
    for _ in 0..10 {
        let page = browser.get(&format!("/consent/{}", form.0)).await;
        assert!(page.body.contains("name=\"csrf\""), "nothing has changed yet");
    }
    assert!(!waiting.is_finished(), "{how}: the approval does not wait");
    if how != "nothing" {
        end(app, &transaction, client, how).await;
    }
    transaction.commit().await.unwrap();
    waiting.await.unwrap()
}

#[tokio::test]
async fn u4_an_app_that_ends_while_its_approval_waits_gets_nothing() {
    let app = Arc::new(TestApp::start().await);
    for (how, said) in [
        ("blocked", "An administrator blocked it."),
        ("disabled", "It was switched off."),
        ("deleted", "It was deleted."),
        ("renamed", "It changed after it asked."),
        ("moved", "It changed after it asked."),
    ] {
        let client = app.confidential_client().await;
        let answer = approved_during(&app, &client, how).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{how}: {:?}", answer.headers);
        assert!(answer.body.contains("can no longer be authorized"), "{how}: {}", answer.body);
        assert!(answer.body.contains(said), "{how}: {}", answer.body);
        assert_eq!(given(&app).await, 0, "{how}");
    }
    let client = app.confidential_client().await;
    let answer = approved_during(&app, &client, "nothing").await;
    assert!(answer.location_param("code").is_some(), "waiting alone harms nobody");
}

/// A refusal goes to the app's address too: not to one that it no longer has, nor to an app that is no more.
#[tokio::test]
async fn u4_a_refusal_goes_to_nobody_who_ended_or_moved_either() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    for how in ["blocked", "disabled", "renamed", "moved"] {
        let client = app.confidential_client().await;
        let form = browser.open_consent(&authorize_url(&client, &[])).await;
        app.clock.advance(SECOND);
        let transaction = app.db().begin().await.unwrap();
        end(&app, &transaction, &client, how).await;
        transaction.commit().await.unwrap();
        let answer = browser.decide(&form, "deny", "", "").await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::FORBIDDEN, ""), "{how}");
        // Its page offers nothing; one that moved may still go where it was asked from, which the answer finds out.
        let page = browser.get(&format!("/consent/{}", form.0)).await.body;
        let said = match how {
            "blocked" => "An administrator blocked the app.",
            "disabled" => "The app was switched off.",
            "renamed" => "The app changed after it asked.",
            _ => "name=\"csrf\"",
        };
        assert!(page.contains(said), "{how}: {page}");
        assert_eq!(page.contains("name=\"csrf\""), how == "moved", "{how}");
    }
}

#[tokio::test]
async fn u2_a_refusal_that_waits_for_an_answer_is_none() {
    let app = Arc::new(TestApp::start().await);
    let client = app.confidential_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    let transaction = app.db().begin().await.unwrap();
    let handle = HashedSecret::of(&form.0);
    assert!(authorization_requests::consume(&transaction, &handle, app.now()).await.unwrap());
    let (refusing, cookies, sent) = (Arc::clone(&app), browser.cookies.clone(), form.clone());
    let waiting = tokio::spawn(async move {
        let mut browser = refusing.browser();
        browser.cookies = cookies;
        browser.decide(&sent, "deny", "", "").await
    });
    for _ in 0..10 {
        browser.get(&format!("/consent/{}", form.0)).await;
    }
    assert!(!waiting.is_finished(), "the refusal does not wait");
    transaction.commit().await.unwrap();
    assert_eq!(waiting.await.unwrap().location(), format!("/consent/{}", form.0));
}

#[tokio::test]
async fn a5_a_grant_is_for_the_resources_of_the_scopes_that_were_chosen() {
    let (app, client) = TestApp::with_public_client().await;
    let (mcp, api) = (format!("{ISSUER}/mcp"), format!("{ISSUER}/api"));
    let more = [("scope", "mcp:read api:read"), ("resource", mcp.as_str()), ("resource", api.as_str())];
    for (chosen, audience) in
        [("mcp:read", vec![&mcp]), ("api:read", vec![&api]), ("mcp:read api:read", vec![&mcp, &api])]
    {
        let code = app.code_for(MEMBER, &client, ("acme", "support"), &more, chosen).await;
        let tokens = Tokens::of(&client.exchange(&app, &code).await);
        let claims = app.state.keys.verify(&tokens.access, ISSUER).unwrap();
        assert_eq!(claims.aud.iter().collect::<Vec<_>>(), audience, "{chosen}");
        assert_eq!(tokens.scope, chosen);
        let other = if chosen == "mcp:read" { &api } else { &mcp };
        let refused = client.refresh_with(&app, &tokens.refresh, &[("resource", other)]).await;
        assert_eq!(refused.status == StatusCode::OK, audience.len() == 2, "{chosen}: {}", refused.body);
    }
}

#[tokio::test]
async fn u4_a_code_of_an_app_that_ended_in_between_is_worth_nothing() {
    let app = TestApp::start().await;
    for how in ["blocked", "disabled", "deleted"] {
        let client = app.confidential_client().await;
        let code = app.code(MEMBER, &client, "mcp:read").await;
        let transaction = app.db().begin().await.unwrap();
        end(&app, &transaction, &client, how).await;
        transaction.commit().await.unwrap();
        let expected = if how == "deleted" { "invalid_client" } else { "invalid_grant" };
        assert_eq!(client.exchange(&app, &code).await.error(), expected, "{how}");
        let (_, unused) =
            presented::lock_code(app.db().read(), HashedSecret::of(&code).as_str()).await.unwrap().unwrap();
        assert_eq!(unused.consumed_at, None, "{how}");
    }
}

#[tokio::test]
async fn u2_a_form_ends_with_its_session() {
    let app = TestApp::start().await;
    let client = app.signed_in(OWNER).await.register("Reports", ClientType::Public).await;
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    let session = browser.cookies[SESSION].clone();
    browser.post("/sign-out", &[]).await;
    browser.cookies.insert(SESSION.to_owned(), session);
    let answer = browser.approve(&form, "mcp:read").await;
    assert_eq!(answer.location(), format!("/sign-in?next=/consent/{}", form.0));
    assert_eq!(given(&app).await, 0);
}

/// A browser's word on where a form comes from; `none` is what a person does with its own buttons, such as reload.
#[tokio::test]
async fn u2_a_form_comes_from_here_or_from_the_person() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    for (headers, good) in [
        (&[("sec-fetch-site", "same-origin")][..], true),
        (&[("sec-fetch-site", "none")], true),
        (&[("origin", ISSUER)], true),
        (&[], true),
        (&[("sec-fetch-site", "cross-site"), ("origin", ISSUER)], false),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "")], false),
        (&[("sec-fetch-site", "Same-Origin")], false),
        (&[("origin", "http://127.0.0.1:4001")], false),
        (&[("origin", "http://127.0.0.1")], false),
        (&[("origin", "http://127.0.0.1:40000")], false),
        (&[("origin", "http://127.0.0.1:4000.evil.example")], false),
        (&[("origin", "https://127.0.0.1:4000")], false),
        (&[("origin", "")], false),
    ] {
        let answer = browser.post_from("/sign-out", &[("next", "/")], headers).await;
        let expected = if good { StatusCode::SEE_OTHER } else { StatusCode::FORBIDDEN };
        assert_eq!(answer.status, expected, "{headers:?}");
        browser.sign_in(MEMBER).await;
    }
}
