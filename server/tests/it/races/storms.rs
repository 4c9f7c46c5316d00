//! Many clients and people at full speed: honest ones, who lose answers and ask again, and thieves.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use domain::{
    clock::{Millis, SECOND},
    crypto::secret::HashedSecret,
};
use http::StatusCode;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::support::{
    Chance, ClientApp, MEMBER, OWNER, Seed, TestApp, Tokens, VIEWER, all, approved, at_once, authorize_url,
    codes, hung_up, won,
};

/// The window of F2 in which an old refresh token gets its answer again.
const WINDOW: Millis = 30 * SECOND;
/// Number of times that it gets it again.
const REPLAYS: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t5_of_fifty_parallel_exchanges_of_a_code_one_wins() {
    let app = Arc::new(TestApp::start().await);
    let client = app.public_client().await;
    let code = codes(&app, MEMBER, &client, 1).await.remove(0);
    let exchange = |_| {
        let (app, client, code) = (Arc::clone(&app), client.clone(), code.clone());
        async move { client.exchange(&app, &code).await }
    };
    let answers = at_once(50, exchange).await;
    let [winner] = won(&answers)[..] else { panic!("one wins: {answers:?}") };
    let tokens = Tokens::of(winner);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK, "the winner keeps its tokens");
    assert_eq!(app.number("SELECT COUNT(*) FROM refresh_tokens").await, 1);
    assert_eq!(app.grants("active").await, 1);
    app.assert_counts("fifty exchanges").await;

    // The same fifty as thieves, who are late: whoever comes first ends the grant, once.
    app.clock.advance(10 * SECOND + 1);
    assert_eq!(won(&at_once(50, exchange).await).len(), 0);
    assert_eq!(app.tried(&client, &tokens).await, (401, 400, "invalid_grant".to_owned()));
    assert_eq!((app.grants("active").await, app.grants("revoked").await), (0, 1));
    assert_eq!(app.ends().await, 1);
    app.assert_counts("fifty thieves").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t5_codes_that_are_exchanged_together_lose_no_grant() {
    let seed = Seed::new();
    let app = Arc::new(TestApp::start().await);
    // The first two are one entry of the administrators' list, and so share its counts.
    let clients = [app.public_client().await, app.public_client().await, app.confidential_client().await];
    let mut wishes = Vec::new();
    for client in &clients {
        for (email, how_many) in [(MEMBER, 8), (VIEWER, 3), (OWNER, 1)] {
            for code in codes(&app, email, client, how_many).await {
                wishes.extend(vec![(client.clone(), code); 3]);
            }
        }
    }
    let mut chance = seed.chance(0);
    for last in (1..wishes.len()).rev() {
        wishes.swap(last, chance.below(last + 1));
    }
    let answers = at_once(wishes.len(), |number| {
        let (app, (client, code)) = (Arc::clone(&app), wishes[number].clone());
        async move { client.exchange(&app, &code).await }
    })
    .await;
    let mut grants = BTreeMap::new();
    for answer in won(&answers) {
        let tokens = Tokens::of(answer);
        assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
        grants.insert(app.grant_of(&tokens), tokens);
    }
    assert_eq!(grants.len(), 36, "a grant for every code");
    assert_eq!(won(&answers).len(), 36, "each code once");
    assert_eq!((app.grants("active").await, app.grants("pending").await), (36, 0));
    let entries = "SELECT COUNT(*) FROM client_entries WHERE (users, grants) IN ((3, 24), (3, 12))";
    app.assert_counts("exchanges together").await;
    assert_eq!(app.number(entries).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn u2_of_forty_parallel_answers_to_one_request_one_counts() {
    let seed = Seed::new();
    for round in 0..4 {
        let app = Arc::new(TestApp::start().await);
        let client = app.public_client().await;
        let product = app.product_id("acme", "support").await;
        let mut browser = app.signed_in(MEMBER).await;
        let url = authorize_url(&client, &[("scope", "api:read")]);
        let form = browser.open_consent(&url).await;
        let cookies = browser.cookies.clone();
        let mut chance = seed.chance(round);
        // In the first round nobody changes their mind.
        let decisions: Vec<_> =
            (0..40).map(|_| if round > 0 && chance.one_in(3) { "deny" } else { "approve" }).collect();
        let answers = at_once(40, |number| {
            let (app, cookies, form) = (Arc::clone(&app), cookies.clone(), form.clone());
            let (product, decision) = (product.clone(), decisions[number]);
            async move {
                let mut browser = app.browser();
                browser.cookies = cookies;
                browser.decide(&form, decision, &product, "api:read").await
            }
        })
        .await;
        let gone = format!("/consent/{}", form.0);
        let sent: Vec<_> = answers.iter().filter(|answer| answer.location() != gone).collect();
        let [sent] = sent[..] else { panic!("one answer goes to the client: {sent:?}") };
        let code = sent.location_param("code");
        let expected = i64::from(code.is_some());
        assert!(round > 0 || expected == 1);
        for table in ["grants", "codes", "audit_events WHERE action = 'grant.authorized'"] {
            assert_eq!(app.number(&format!("SELECT COUNT(*) FROM {table}")).await, expected, "{table}");
        }
        match code {
            Some(code) => assert_eq!(client.exchange(&app, &code).await.status, StatusCode::OK),
            None => assert_eq!(sent.location_param("error").unwrap(), "access_denied"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f2_of_forty_parallel_refreshes_eleven_get_one_answer_and_none_kills() {
    let app = Arc::new(TestApp::start().await);
    let client = app.public_client().await;
    let first = app.tokens(MEMBER, &client, "api:read").await;
    let refresh = |_| {
        let (app, client, refresh) = (Arc::clone(&app), client.clone(), first.refresh.clone());
        async move { client.refresh(&app, &refresh).await }
    };
    let answers = at_once(40, refresh).await;
    let won = won(&answers);
    assert_eq!(won.len(), 1 + REPLAYS);
    assert!(won.iter().all(|answer| answer.body == won[0].body), "one answer: {won:?}");
    app.clock.advance(WINDOW - 1);
    let late = at_once(20, refresh).await;
    assert!(late.iter().all(|answer| answer.error() == "invalid_grant"));
    assert_eq!(app.number("SELECT COUNT(*) FROM refresh_tokens").await, 2);
    let next = Tokens::of(won[0]);
    assert_eq!(app.call_api(&next).await.status, StatusCode::OK, "the family lives");
    assert_eq!(client.refresh(&app, &next.refresh).await.status, StatusCode::OK);
}

/// The answers that were given to each refresh token, as clients saw them.
type Given = Arc<Mutex<BTreeMap<String, String>>>;

/// An honest client that refreshes with whatever it got last, loses some answers, and then asks again.
fn refreshing(
    app: &Arc<TestApp>,
    client: &ClientApp,
    mut token: String,
    given: &Given,
    mut chance: Chance,
) -> JoinHandle<String> {
    let (app, client, given) = (Arc::clone(app), client.clone(), Arc::clone(given));
    tokio::spawn(async move {
        for _ in 0..4 + chance.below(8) {
            if chance.one_in(2) {
                hung_up(chance.below(50), client.refresh(&app, &token)).await;
            }
            let answer = client.refresh(&app, &token).await;
            let next = Tokens::of(&answer);
            let before = given.lock().unwrap().insert(token, answer.body.clone());
            assert!(before.is_none_or(|before| before == answer.body), "a token has one successor");
            let called = app.call_api(&next).await;
            assert_eq!(called.status, StatusCode::OK, "{}", called.body);
            token = next.refresh;
        }
        token
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f2_a_storm_of_refreshes_and_lost_answers_kills_no_family() {
    let seed = Seed::new();
    let app = Arc::new(TestApp::start().await);
    let clients = [app.public_client().await, app.confidential_client().await];
    let mut families = Vec::new();
    for (number, email) in [MEMBER, MEMBER, VIEWER, OWNER].into_iter().enumerate() {
        let client = clients[number % 2].clone();
        let first = app.tokens(email, &client, "api:read").await;
        // Four programs share each family, and each asks at most twice with the same token.
        families.push((client, vec![first.refresh.clone(); 4], first.refresh, Given::default()));
    }
    for half in 0..2 {
        let mut tasks = Vec::new();
        for (family, (client, last, _, given)) in (0..).zip(&families) {
            for (program, token) in (0..).zip(last) {
                let chance = seed.chance(half * 100 + family * 10 + program);
                tasks.push(refreshing(&app, client, token.clone(), given, chance));
            }
        }
        app.flush().await;
        let mut last = all(tasks).await.into_iter();
        for (_, tokens, _, _) in &mut families {
            tokens.iter_mut().for_each(|token| *token = last.next().unwrap());
        }
        // Whoever is behind has this long to catch up.
        app.clock.advance(if half == 0 { WINDOW - 1 } else { 0 });
    }
    for (client, _, first, given) in &families {
        let given = given.lock().unwrap().clone();
        let mut token = first.clone();
        let mut rotated = 0;
        while let Some(answer) = given.get(&token) {
            let answer: Value = serde_json::from_str(answer).unwrap();
            token = answer["refresh_token"].as_str().unwrap().to_owned();
            rotated += 1;
        }
        assert_eq!(rotated, given.len(), "one chain, and every answer is in it");
        let hash = HashedSecret::of(&token);
        let of_grant =
            format!("grant_id = (SELECT grant_id FROM refresh_tokens WHERE hash = '{}')", hash.as_str());
        for (which, expected) in [("IS NULL", 1), ("IS NOT NULL", i64::try_from(rotated).unwrap())] {
            let query =
                format!("SELECT COUNT(*) FROM refresh_tokens WHERE rotated_at {which} AND {of_grant}");
            assert_eq!(app.number(&query).await, expected, "{query}");
        }
        assert_eq!(client.refresh(&app, &token).await.status, StatusCode::OK, "its end goes on");
    }
    assert_eq!((app.grants("active").await, app.ends().await), (4, 0));
    app.assert_nothing_open().await;
    app.assert_counts("a storm of refreshes").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f2_a_thief_kills_the_family_whoever_comes_first() {
    let seed = Seed::new();
    let app = Arc::new(TestApp::start().await);
    let clients = [app.public_client().await, app.confidential_client().await];
    for round in 0..10 {
        let mut chance = seed.chance(round);
        let client = clients[chance.below(2)].clone();
        let stays = app.tokens(MEMBER, &client, "api:read").await;
        let mut family = vec![app.tokens(MEMBER, &client, "api:read").await];
        for _ in 0..1 + chance.below(3) {
            family.push(Tokens::of(&client.refresh(&app, &family.last().unwrap().refresh).await));
        }
        let ends = app.ends().await;
        let newest = family.pop().unwrap();
        let stolen = family[chance.below(family.len())].refresh.clone();

        // Until the window ends, a copy of an old token is a client that lost an answer.
        app.clock.advance(WINDOW - 1);
        let again = at_once(REPLAYS, |_| {
            let (app, client, stolen) = (Arc::clone(&app), client.clone(), stolen.clone());
            async move { client.refresh(&app, &stolen).await }
        })
        .await;
        assert_eq!(won(&again).len(), REPLAYS);
        assert_eq!(app.call_api(&newest).await.status, StatusCode::OK);

        app.clock.advance(1);
        let thieves: Vec<_> = (0..1 + chance.below(3))
            .map(|_| {
                let (app, client, stolen, steps) =
                    (Arc::clone(&app), client.clone(), stolen.clone(), chance.below(30));
                tokio::spawn(async move {
                    for _ in 0..steps {
                        tokio::task::yield_now().await;
                    }
                    client.refresh(&app, &stolen).await
                })
            })
            .collect();
        let honest: Vec<_> = (0..3)
            .map(|_| {
                let (app, client, mut tokens) = (Arc::clone(&app), client.clone(), newest.clone());
                tokio::spawn(async move {
                    let mut got = Vec::new();
                    for _ in 0..6 {
                        let answer = client.refresh(&app, &tokens.refresh).await;
                        if won(std::slice::from_ref(&answer)).is_empty() {
                            break;
                        }
                        tokens = Tokens::of(&answer);
                        got.push(tokens.clone());
                    }
                    got
                })
            })
            .collect();
        let thieves = all(thieves).await;
        assert_eq!(won(&thieves).len(), 0, "a thief gets nothing");
        for tokens in all(honest).await.into_iter().flatten().chain(family).chain([newest]) {
            assert_eq!(app.tried(&client, &tokens).await, (401, 400, "invalid_grant".to_owned()));
        }
        assert_eq!(app.ends().await, ends + 1, "the family ended once");
        assert_eq!(app.call_api(&stays).await.status, StatusCode::OK, "the person's other grant lives");
        assert_eq!(client.refresh(&app, &stays.refresh).await.status, StatusCode::OK);
        app.assert_counts("a thief").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_that_hang_up_leave_nothing_open_and_harm_nobody() {
    let seed = Seed::new();
    let app = Arc::new(TestApp::start().await);
    let client = app.public_client().await;
    let hanging_up = (0..6).map(|number| {
        let (app, client, mut chance) = (Arc::clone(&app), client.clone(), seed.chance(number));
        tokio::spawn(async move {
            let mut codes = codes(&app, VIEWER, &client, 12).await;
            let mut tokens = Tokens::of(&client.exchange(&app, &codes.pop().unwrap()).await);
            for code in codes {
                let steps = chance.below(60);
                hung_up(steps, client.exchange(&app, &code)).await;
                hung_up(steps, app.call_api(&tokens)).await;
                hung_up(steps, client.refresh(&app, &tokens.refresh)).await;
                tokens = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
                hung_up(steps, client.post(&app, "/oauth/revoke", &[("token", "unknown")])).await;
            }
        })
    });
    let hanging_up: Vec<_> = hanging_up.collect();
    let mut browser = app.signed_in(MEMBER).await;
    for _ in 0..20 {
        let code = approved(&mut browser, &client).await;
        let tokens = Tokens::of(&client.exchange(&app, &code).await);
        assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
        let revoked = client.post(&app, "/oauth/revoke", &[("token", &tokens.access)]).await;
        assert_eq!(revoked.status, StatusCode::OK);
        for _ in 0..4 {
            assert_eq!(
                app.call_api(&tokens).await.status,
                StatusCode::UNAUTHORIZED,
                "its end was acknowledged"
            );
        }
    }
    all(hanging_up).await;
    app.assert_nothing_open().await;
    app.assert_counts("clients that hung up").await;
}

#[tokio::test]
async fn a_transaction_that_nobody_waits_for_any_more_is_not_left_open() {
    let app = TestApp::start().await;
    for steps in 0..20 {
        hung_up(steps, app.db().begin()).await;
        hung_up(steps, app.db().begin_read()).await;
        app.assert_nothing_open().await;
    }
}
