//! Passwords in a flood: who has to wait, and who gets in.

use std::{future::poll_fn, pin::Pin, sync::Mutex, task::Poll};

use domain::{
    crypto::{CryptoError, mac::MacKey, password::Lane},
    demo,
};
use http::{HeaderMap, StatusCode, header};
use server::web::known_browsers::{KEY_PURPOSE, KnownBrowsers, Marks};

use crate::support::{Answer, Browser, MEMBER, OWNER, TestApp, VIEWER};

/// The cookie of known browsers.
const KNOWN: &str = "gatepass-known_4000";

/// A password that waits.
type Waiting<'a> = Pin<Box<dyn Future<Output = Result<bool, CryptoError>> + 'a>>;

/// The outcome, if it came at once.
async fn begun<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
    poll_fn(|context| match Pin::new(&mut *future).poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Lets passwords of strangers wait until there is no place for one more.
async fn fill(app: &TestApp) -> Vec<Waiting<'_>> {
    let mut waiting = Vec::new();
    loop {
        let network = waiting.len().to_string();
        let mut one: Waiting<'_> = Box::pin(async move {
            app.state.passwords.verify("x".to_owned(), None, Lane::Anybody { network: &network }).await
        });
        match begun(&mut one).await {
            None => waiting.push(one),
            Some(refused) => {
                assert!(matches!(refused, Err(CryptoError::Busy)), "{refused:?}");
                return waiting;
            }
        }
    }
}

async fn sign_in(browser: &mut Browser<'_>, email: &str, password: &str) -> Answer {
    browser.post("/sign-in", &[("email", email), ("password", password), ("next", "/o/acme/support")]).await
}

#[tokio::test]
async fn when_too_many_wait_the_page_says_at_once_when_to_come_back() {
    let app = TestApp::start_with(&["--sign-in-account-limit", "2", "--sign-in-address-limit", "2"]).await;
    let held = app.state.passwords.hold();
    let waiting = fill(&app).await;
    // More often than wrong passwords are allowed: what was not checked does not count.
    for email in [MEMBER, MEMBER, MEMBER, "nobody@example.com"] {
        let answer = sign_in(&mut app.browser(), email, "secret-of-mine").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!((answer.header("retry-after"), answer.header("set-cookie")), ("5", ""));
        assert!(answer.header("content-type").starts_with("text/html"));
        let alert = answer.body.split("role=\"alert\"").nth(1).unwrap();
        assert!(alert.contains("Too many people are signing in right now."), "{}", answer.body);
        assert!(
            answer.body.contains(&format!("value=\"{email}\"")) && answer.body.contains("/o/acme/support")
        );
        assert!(!answer.body.contains("secret-of-mine"));
    }
    drop(held);
    for one in waiting {
        assert!(!one.await.unwrap());
    }
    app.browser().sign_in(MEMBER).await;
}

#[tokio::test]
async fn so_many_strangers_are_let_in_and_known_browsers_need_no_room_among_them() {
    let app = TestApp::start().await;
    let mut known = app.signed_in(MEMBER).await;
    known.post("/sign-out", &[]).await;
    let let_in = || app.state.passwords.let_in().ok();
    let inside: Vec<_> = std::iter::from_fn(let_in).take(1_000).collect();
    assert_eq!(inside.len(), 36, "those who wait, and those whose password is hashed");
    let refused = sign_in(&mut app.browser(), MEMBER, demo::PASSWORD).await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    assert_eq!(sign_in(&mut known, MEMBER, demo::PASSWORD).await.location(), "/o/acme/support");
    drop(inside);
    app.browser().sign_in(MEMBER).await;
}

#[tokio::test]
async fn one_address_cannot_take_all_places() {
    let app = TestApp::start().await;
    let held = Mutex::new(Some(app.state.passwords.hold()));
    let attempts: Vec<_> = (0..9)
        .map(|number| {
            let (app, held) = (&app, &held);
            Box::pin(async move {
                let email = format!("nobody{number}@example.com");
                let status = sign_in(&mut app.browser(), &email, "wrong").await.status;
                if status == StatusCode::SERVICE_UNAVAILABLE {
                    held.lock().unwrap().take();
                }
                status
            })
        })
        .collect();
    let (mut refused, mut wrong) = (0, 0);
    for status in together(attempts).await {
        match status {
            StatusCode::SERVICE_UNAVAILABLE => refused += 1,
            StatusCode::UNPROCESSABLE_ENTITY => wrong += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!((refused, wrong), (1, 8));
}

/// Waits for all of these, which run at the same time.
async fn together<F: Future + Unpin>(mut futures: Vec<F>) -> Vec<F::Output> {
    let mut done: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, done) in futures.iter_mut().zip(&mut done) {
            if done.is_none()
                && let Poll::Ready(output) = Pin::new(future).poll(context)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().map(Option::unwrap).collect()
}

#[tokio::test]
async fn who_signed_in_to_the_account_before_gets_in_while_strangers_flood() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    browser.post("/sign-out", &[]).await;
    let cookies = browser.cookies.clone();
    assert!(cookies.contains_key(KNOWN) && cookies.len() == 1, "{cookies:?}");

    let held = Mutex::new(Some(app.state.passwords.hold()));
    let waiting = fill(&app).await;
    // To another account this browser is a stranger.
    let mut elsewhere = Browser::new(&app);
    elsewhere.cookies = cookies.clone();
    let refused = sign_in(&mut elsewhere, OWNER, demo::PASSWORD).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    // Two may wait for one account. The third is refused while they do, and lets them go on.
    let attempts = (0..3).map(|_| {
        let (app, held, cookies) = (&app, &held, cookies.clone());
        Box::pin(async move {
            let mut browser = Browser::new(app);
            browser.cookies = cookies;
            let status = sign_in(&mut browser, MEMBER, demo::PASSWORD).await.status;
            if status == StatusCode::SERVICE_UNAVAILABLE {
                held.lock().unwrap().take();
            }
            status
        })
    });
    let mut statuses = together(attempts.collect()).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::SEE_OTHER, StatusCode::SERVICE_UNAVAILABLE]);
    drop(waiting);
}

#[tokio::test]
async fn a_known_browser_has_the_same_limits_and_the_same_password() {
    let app = TestApp::start_with(&["--sign-in-account-limit", "2"]).await;
    let mut browser = app.signed_in(MEMBER).await;
    for _ in 0..2 {
        let answer = sign_in(&mut browser, MEMBER, "wrong").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.header("set-cookie"), "");
    }
    let answer = sign_in(&mut browser, MEMBER, demo::PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_cookie_of_known_browsers_lasts_a_year_and_is_for_this_server_alone() {
    let mut app = TestApp::start().await;
    let answer = sign_in(&mut app.browser(), MEMBER, demo::PASSWORD).await;
    let set = |answer: &Answer| {
        let all = answer.headers.get_all(header::SET_COOKIE).iter();
        all.map(|cookie| cookie.to_str().unwrap().to_owned()).nth(1).unwrap()
    };
    let cookie = set(&answer);
    assert!(cookie.starts_with("gatepass-known_4000="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000"), "{cookie}");
    let id = app.user_id(MEMBER).await;
    assert!(!cookie.contains(id.as_str()) && !cookie.contains(MEMBER));
    let mut config = (*app.state.config).clone();
    config.secure = true;
    app.state.config = std::sync::Arc::new(config);
    let app = app.restarted();
    let cookie = set(&sign_in(&mut app.browser(), MEMBER, demo::PASSWORD).await);
    assert!(cookie.starts_with("__Host-gatepass-known=") && cookie.ends_with("; Secure"), "{cookie}");
}

#[tokio::test]
async fn a_cookie_that_this_server_did_not_set_opens_no_lane() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    let good = browser.cookies.remove(KNOWN).unwrap();
    let mut outsider = app.signed_in(OWNER).await;
    let of_owner = outsider.cookies.remove(KNOWN).unwrap();
    let id = app.user_id(MEMBER).await;
    let foreign = KnownBrowsers::new(MacKey::new(&[1; 32])).value_with(&Marks::default(), &id);
    let unkeyed = domain::crypto::secret::sha256(id.as_bytes());
    let long = [good.as_str(); 6].join(".");
    let alone = good.split('.').next().unwrap();
    let doubled = format!("{good}; {KNOWN}={good}");
    let cut = &good[1..];
    let marked = format!("{good}.x");
    let padded = format!("{good}.");
    let other_purpose = KnownBrowsers::new(MacKey::new(&app.master.derive("other purpose")));
    let other_purpose = other_purpose.value_with(&Marks::default(), &id);
    let mixed = format!("{}.{of_owner}", good.split('.').next().unwrap());
    let _held = app.state.passwords.hold();
    let waiting = fill(&app).await;
    for forged in [
        &id,
        MEMBER,
        &foreign,
        &unkeyed,
        &of_owner,
        &long,
        &doubled,
        cut,
        alone,
        &marked,
        &padded,
        &other_purpose,
        &mixed,
        "",
        ".",
    ] {
        let mut browser = app.browser();
        browser.cookies.insert(KNOWN.to_owned(), forged.to_owned());
        let answer = sign_in(&mut browser, MEMBER, demo::PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{forged}");
    }
    drop(waiting);
    // It is the very mark that a replica makes, and more than one account has room beside it.
    let replica = KnownBrowsers::new(MacKey::new(&app.master.derive(KEY_PURPOSE)));
    assert_eq!(good, replica.value_with(&Marks::default(), &id));
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, format!("{KNOWN}={of_owner}").parse().unwrap());
    let marks = replica.read(&headers, &app.state.config);
    let both = format!("{KNOWN}={}", replica.value_with(&marks, &id));
    headers.insert(header::COOKIE, both.parse().unwrap());
    let marks = replica.read(&headers, &app.state.config);
    assert!(replica.knows(&marks, &id) && replica.knows(&marks, &app.user_id(OWNER).await));
    assert!(!replica.knows(&marks, &app.user_id(VIEWER).await));
}
