//! Pages are sent compressed, except those that carry a secret.

use axum::body::Body;
use http::Request;

use crate::support::{Browser, ClientApp, OWNER, TestApp, authorize_url};

async fn encoding(browser: &mut Browser<'_>, path: &str) -> String {
    let request = Request::get(path).header("accept", "text/html").header("accept-encoding", "gzip, br");
    let answer =
        browser.send_whole(request.header("host", "127.0.0.1:4000").body(Body::empty()).unwrap()).await;
    answer.header("content-encoding").to_owned()
}

#[tokio::test]
async fn pages_are_compressed_except_those_with_a_secret() {
    let (app, client): (TestApp, ClientApp) = TestApp::with_public_client().await;
    let mut owner = app.signed_in(OWNER).await;
    for page in [
        "/o/acme/support",
        "/o/acme/settings/apps?q=x",
        "/settings/profile",
        "/settings/oauth-apps",
        "/no/page",
    ] {
        assert_eq!(encoding(&mut owner, page).await, "gzip", "{page}");
    }
    let (handle, _) = owner.open_consent(&authorize_url(&client, &[])).await;
    for page in
        [&format!("/consent/{handle}"), "/setup?token=x", "/account/reset-password?token=x", "/invite/x"]
    {
        assert_eq!(encoding(&mut owner, page).await, "", "{page}");
    }
    assert_eq!(encoding(&mut app.browser(), "/sign-in").await, "");
    // The CSRF token is masked anew in every page, so that compression cannot tell it.
    let [one, other] = [owner.csrf().await, owner.csrf().await];
    assert_ne!(one, other);
}
