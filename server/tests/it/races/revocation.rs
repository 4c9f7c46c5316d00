//! Access that is ended while clients exchange and refresh: whoever ends it, afterwards nothing works that should not.

use std::{collections::BTreeSet, sync::Arc};

use http::StatusCode;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::support::{
    ADMIN, Answer, Chance, ClientApp, Cookies, MEMBER, Seed, TestApp, Tokens, all, calling, codes,
};

/// Number of codes that wait when the end comes.
const CODES: usize = 6;
/// Number of grants that are in use then.
const FAMILIES: usize = 2;

/// A way to end access, and who takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The client revokes its refresh tokens (RFC 7009).
    Client,
    /// The person presses `Revoke`.
    Person,
    /// An administrator presses `Revoke all access`.
    AllAccess,
    /// An administrator blocks the client.
    Block,
    /// An administrator deletes the client.
    Delete,
}

impl End {
    /// True if it reaches the whole client, so that codes that wait end too.
    const fn is_total(self) -> bool {
        matches!(self, Self::AllAccess | Self::Block | Self::Delete)
    }
}

/// Reads the token endpoint's answer while access ends: tokens, or a refusal that the end explains.
fn tokens_of(answer: &Answer, may_be_deleted: bool) -> Option<Tokens> {
    if answer.status == StatusCode::OK {
        return Some(Tokens::of(answer));
    }
    let refusal = (answer.status.as_u16(), answer.error());
    let deleted = may_be_deleted && refusal == (401, "invalid_client".to_owned());
    assert!(deleted || refusal == (400, "invalid_grant".to_owned()), "{} {}", answer.status, answer.body);
    None
}

/// A client with codes that wait and grants in use.
struct Scene {
    app: Arc<TestApp>,
    client: ClientApp,
    codes: Vec<String>,
    families: Vec<Tokens>,
    /// Of the person who approved.
    member: Cookies,
    admin: Cookies,
}

impl Scene {
    async fn new(app: &Arc<TestApp>, client: ClientApp) -> Self {
        let mut codes = codes(app, MEMBER, &client, CODES + FAMILIES).await;
        let mut families = Vec::new();
        for code in codes.drain(CODES..) {
            families.push(Tokens::of(&client.exchange(app, &code).await));
        }
        let (member, admin) = (app.signed_in(MEMBER).await.cookies, app.signed_in(ADMIN).await.cookies);
        Self { app: Arc::clone(app), client, codes, families, member, admin }
    }

    /// Everything that ends access in this way, sent twice, as impatient people do.
    fn ending(&self, end: End) -> Vec<JoinHandle<Answer>> {
        let mut tasks = Vec::new();
        for _ in 0..2 {
            let by_admin = |function, arguments| calling(&self.app, &self.admin, function, &arguments);
            let ids = [&self.client.id];
            match end {
                End::Client => tasks.extend(self.families.iter().map(|tokens| {
                    let (app, client, token) =
                        (Arc::clone(&self.app), self.client.clone(), tokens.refresh.clone());
                    tokio::spawn(
                        async move { client.post(&app, "/oauth/revoke", &[("token", &token)]).await },
                    )
                })),
                End::Person => tasks.extend(self.families.iter().map(|tokens| {
                    let arguments = json!({ "grant_id": self.app.grant_of(tokens) });
                    calling(&self.app, &self.member, "revoke_grant", &arguments)
                })),
                End::AllAccess => tasks.push(by_admin("revoke_clients_access", json!({ "ids": ids }))),
                End::Block => {
                    tasks.push(by_admin("set_clients_blocked", json!({ "ids": ids, "blocked": true })))
                }
                End::Delete => tasks.push(by_admin("delete_clients", json!({ "ids": ids }))),
            }
        }
        tasks
    }

    /// Exchanges every code. Gives what came of each.
    fn exchanging(&self, may_be_deleted: bool) -> Vec<JoinHandle<Option<Tokens>>> {
        let exchange = |code: &String| {
            let (app, client, code) = (Arc::clone(&self.app), self.client.clone(), code.clone());
            tokio::spawn(async move { tokens_of(&client.exchange(&app, &code).await, may_be_deleted) })
        };
        self.codes.iter().map(exchange).collect()
    }

    /// Refreshes each grant in use, twice at once, again and again until it is refused. Gives everything it got.
    fn refreshing(&self, may_be_deleted: bool) -> Vec<JoinHandle<Vec<Tokens>>> {
        let refresh = |tokens: &Tokens| {
            let (app, client, mut tokens) = (Arc::clone(&self.app), self.client.clone(), tokens.clone());
            tokio::spawn(async move {
                let mut got = vec![tokens.clone()];
                for _ in 0..25 {
                    app.call_api(&tokens).await;
                    app.flush().await;
                    let answer = client.refresh(&app, &tokens.refresh).await;
                    let Some(next) = tokens_of(&answer, may_be_deleted) else { break };
                    got.push(next.clone());
                    tokens = next;
                }
                got
            })
        };
        self.families.iter().chain(&self.families).map(refresh).collect()
    }

    /// Lets access end in these ways at once, somewhere in the middle of exchanges and refreshes. Gives the tokens
    /// that came of codes and the tokens that came of refreshes.
    async fn play(&self, ends: &[End], chance: &mut Chance) -> (Vec<Option<Tokens>>, Vec<Tokens>) {
        let deleted = ends.contains(&End::Delete);
        let refreshing = self.refreshing(deleted);
        let early = chance.one_in(2).then(|| self.exchanging(deleted));
        for _ in 0..chance.below(60) {
            tokio::task::yield_now().await;
        }
        let ending: Vec<_> = ends.iter().flat_map(|&end| self.ending(end)).collect();
        let exchanging = early.unwrap_or_else(|| self.exchanging(deleted));
        for answer in all(ending).await {
            // What somebody else deleted first is not found, or no client any more.
            let gone = deleted && matches!(answer.status.as_u16(), 401 | 404);
            assert!(answer.status == StatusCode::OK || gone, "{ends:?}: {} {}", answer.status, answer.body);
        }
        (all(exchanging).await, all(refreshing).await.into_iter().flatten().collect())
    }

    async fn assert_dead(&self, tokens: impl IntoIterator<Item = &Tokens>, refusal: (u16, &str)) {
        for tokens in tokens {
            let expected = (401, refusal.0, refusal.1.to_owned());
            assert_eq!(self.app.tried(&self.client, tokens).await, expected);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn m8_whoever_ends_access_ends_it_whatever_is_on_its_way() {
    let seed = Seed::new();
    let app = Arc::new(TestApp::start().await);
    let ends = [End::Client, End::Person, End::AllAccess, End::Block, End::Delete];
    for (round, end) in (0..).zip([ends, ends].concat()) {
        let client = if round < 5 { app.public_client().await } else { app.confidential_client().await };
        let scene = Scene::new(&app, client).await;
        let (active, ended) = (app.grants("active").await, app.ends().await);
        let (exchanged, refreshed) = scene.play(&[end], &mut seed.chance(round)).await;

        let refusal = if end == End::Delete { (401, "invalid_client") } else { (400, "invalid_grant") };
        scene.assert_dead(&refreshed, refusal).await;
        let all = i64::try_from(CODES + FAMILIES).unwrap();
        let families = i64::try_from(FAMILIES).unwrap();
        let now = (app.grants("active").await - active, app.ends().await - ended);
        match end {
            End::Client | End::Person => {
                assert_eq!(now, (all - 2 * families, families), "{end:?}");
                for tokens in &exchanged {
                    let tokens = tokens.as_ref().expect("other grants are not ended");
                    assert_eq!(app.call_api(tokens).await.status, StatusCode::OK, "{end:?}");
                }
            }
            End::AllAccess | End::Delete => assert_eq!(now, (-families, all), "{end:?}"),
            End::Block => assert_eq!(now.1, 0, "a block ends no grant"),
        }
        if end.is_total() {
            scene.assert_dead(exchanged.iter().flatten(), refusal).await;
            for code in &scene.codes {
                assert_eq!(scene.client.exchange(&app, code).await.error(), refusal.1, "{end:?}");
            }
        }
        if end == End::Block {
            let unblock = json!({ "ids": [scene.client.id], "blocked": false });
            calling(&app, &scene.admin, "set_clients_blocked", &unblock).await.unwrap();
            // Nothing was lost: what was issued works again, and a code that was refused can be exchanged.
            for (code, tokens) in scene.codes.iter().zip(exchanged) {
                let tokens = match tokens {
                    Some(tokens) => tokens,
                    None => Tokens::of(&scene.client.exchange(&app, code).await),
                };
                assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
            }
            for tokens in &refreshed {
                assert_eq!(app.call_api(tokens).await.status, StatusCode::OK);
            }
        }
        app.assert_nothing_open().await;
        app.assert_counts(&format!("{end:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn m8_all_ends_at_once_end_each_grant_once() {
    let seed = Seed::new();
    let app = Arc::new(TestApp::start().await);
    for round in 0..4 {
        let scene = Scene::new(&app, app.public_client().await).await;
        let ended = app.ends().await;
        let together = [End::Client, End::Person, End::AllAccess, End::Block, End::Delete];
        let together = &together[..if round % 2 == 0 { 3 } else { 5 }];
        let (exchanged, refreshed) = scene.play(together, &mut seed.chance(round)).await;
        let deleted = together.contains(&End::Delete);
        let refusal = if deleted { (401, "invalid_client") } else { (400, "invalid_grant") };
        scene.assert_dead(refreshed.iter().chain(exchanged.iter().flatten()), refusal).await;
        let grants: BTreeSet<_> = refreshed.iter().map(|tokens| app.grant_of(tokens)).collect();
        assert_eq!(grants.len(), FAMILIES);
        assert_eq!(app.ends().await - ended, i64::try_from(CODES + FAMILIES).unwrap(), "each grant once");
        assert_eq!((app.grants("active").await, app.grants("pending").await), (0, 0));
        app.assert_nothing_open().await;
        app.assert_counts("all ends at once").await;
    }
}
