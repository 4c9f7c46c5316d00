//! Many requests at once, and clients that hang up.

use std::{collections::BTreeMap, pin::pin, sync::Arc, task::Poll};

use http::StatusCode;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::{Answer, Browser, ClientApp, ISSUER, TestApp, Tokens, authorize_url};

/// Asks, and hangs up after so many steps of the server unless the answer came before.
pub async fn hung_up<T>(steps: usize, asked: impl Future<Output = T>) -> Option<T> {
    let mut asked = pin!(asked);
    let mut left = steps;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        asked.as_mut().poll(context).map(Some)
    })
    .await
}

pub type Cookies = BTreeMap<String, String>;

/// Calls a server function at the same time as everything else.
pub fn calling(
    app: &Arc<TestApp>,
    cookies: &Cookies,
    function: &'static str,
    arguments: &Value,
) -> JoinHandle<Answer> {
    let (app, cookies, arguments) = (Arc::clone(app), cookies.clone(), arguments.clone());
    tokio::spawn(async move {
        let mut browser = app.browser();
        browser.cookies = cookies;
        browser.call(function, &arguments).await
    })
}

/// Waits for all of them, in their order.
pub async fn all<T>(tasks: impl IntoIterator<Item = JoinHandle<T>>) -> Vec<T> {
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

/// Runs the same request many times at once. Nothing may fail inside.
pub async fn at_once<R>(times: usize, run: impl Fn(usize) -> R) -> Vec<Answer>
where
    R: Future<Output = Answer> + Send + 'static,
{
    let answers = all((0..times).map(|number| tokio::spawn(run(number))).collect::<Vec<_>>()).await;
    answers.iter().for_each(assert_no_failure);
    answers
}

fn assert_no_failure(answer: &Answer) {
    assert!(!answer.status.is_server_error(), "{} {}", answer.status, answer.body);
}

/// The answers that brought something. All others refuse with `invalid_grant`.
pub fn won(answers: &[Answer]) -> Vec<&Answer> {
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == StatusCode::OK);
    for answer in lost {
        assert_eq!(answer.refusal(), "400 invalid_grant", "{}", answer.body);
    }
    won
}

/// Lets a person approve a client so often, all in one browser.
pub async fn codes(app: &TestApp, email: &str, client: &ClientApp, how_many: usize) -> Vec<String> {
    let mut browser = app.signed_in(email).await;
    let mut codes = Vec::new();
    for _ in 0..how_many {
        codes.push(approved(&mut browser, client).await);
    }
    codes
}

/// Lets a signed-in person approve a client; gives the code.
pub async fn approved(browser: &mut Browser<'_>, client: &ClientApp) -> String {
    let form = browser.open_consent(&authorize_url(client, &[("scope", "api:read")])).await;
    let answer = browser.approve(&form, "api:read").await;
    answer.location_param("code").unwrap_or_else(|| panic!("no code in {}", answer.location()))
}

impl TestApp {
    /// The grant behind an access token.
    pub fn grant_of(&self, tokens: &Tokens) -> types::id::GrantId {
        self.state.keys.verify(&tokens.access, ISSUER).unwrap().grant
    }

    /// Number of grants with this status.
    pub async fn grants(&self, status: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM grants WHERE status = '{status}'")).await
    }

    /// Number of times that a grant was ended.
    pub async fn ends(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM audit_events WHERE action = 'grant.revoked'").await
    }
}
