//! The server is killed in the middle of its work and started again: nothing that it acknowledged is gone, and nothing
//! works twice.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use domain::db::Database;
use http::StatusCode;
use sea_orm::EntityTrait;
use tokio::{sync::watch, task::JoinSet};
use types::grant::GrantStatus;

use crate::support::{
    Answer, Chance, ClientApp, Seed, Tokens, assert_counts, number,
    outside::{Line, Person, Place, assert_refused},
    server::{PATIENCE, Server},
};

/// Number of times that the server is killed.
const CRASHES: u64 = 10;
/// Number of codes that are made between two crashes.
const CODES: usize = 6;
/// So many grants are never revoked, so that there is always something to refresh.
const GRANTS_LEFT: usize = 4;
/// A code that comes back this early is that of a client in parallel, with much to spare (`protocol.md` T5).
const PARALLEL_USE: Duration = Duration::from_secs(5);

/// A client's knowledge of its revocation of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Revocation {
    /// Not asked for.
    None,
    /// Asked for, without an answer.
    Sent,
    /// Acknowledged.
    Done,
}

/// A grant, as its client knows it: what it was told, in this order.
struct Chain {
    client: usize,
    tokens: Vec<Tokens>,
    revocation: Revocation,
    /// Set when anything was asked of it since the last crash.
    touched: bool,
}

impl Chain {
    fn newest(&self) -> &Tokens {
        self.tokens.last().unwrap()
    }
}

/// The knowledge of clients.
#[derive(Default)]
struct Known {
    /// Codes to be exchanged, with the client that they are for. Each is here twice: two tasks want it.
    waiting: VecDeque<(usize, String)>,
    /// Codes that were sent, to whom they belong, and when.
    sent: BTreeMap<String, (usize, Instant)>,
    /// Codes that were exchanged, as far as clients were told, and by whom.
    exchanged: BTreeMap<String, usize>,
    chains: Vec<Chain>,
    /// The answer to each refresh token.
    given: BTreeMap<String, String>,
    /// Access tokens whose revocation was acknowledged.
    revoked: Vec<String>,
}

impl Known {
    /// Notes the answer to a code.
    fn got(&mut self, client: usize, code: &str, answer: &Answer) {
        if answer.status != StatusCode::OK {
            return assert_refused(answer);
        }
        assert!(self.exchanged.insert(code.to_owned(), client).is_none(), "a code worked twice");
        let tokens = vec![Tokens::of(answer)];
        self.chains.push(Chain { client, tokens, revocation: Revocation::None, touched: true });
    }

    /// Notes the answer to a refresh token.
    fn refreshed(&mut self, chain: usize, token: &str, answer: &Answer) {
        if answer.status != StatusCode::OK {
            assert_ne!(self.chains[chain].revocation, Revocation::None, "an honest client was refused");
            return assert_refused(answer);
        }
        let before = self.given.insert(token.to_owned(), answer.body.clone());
        assert!(before.is_none_or(|before| before == answer.body), "a refresh token worked twice");
        if self.chains[chain].newest().refresh == token {
            self.chains[chain].tokens.push(Tokens::of(answer));
        }
    }

    /// Grants that nobody wanted to revoke.
    fn live(&self) -> Vec<usize> {
        let live = |&chain: &usize| self.chains[chain].revocation == Revocation::None;
        (0..self.chains.len()).filter(live).collect()
    }
}

/// Clients at work.
struct Clients {
    apps: Vec<ClientApp>,
    known: Mutex<Known>,
    /// Number of answers that came.
    acknowledged: watch::Sender<usize>,
}

impl Clients {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap()
    }

    /// Exchanges codes until none waits or the server dies.
    #[expect(clippy::disallowed_methods, reason = "the process dies in its own time")]
    async fn exchange(self: Arc<Self>, line: Line) {
        loop {
            let Some((client, code)) = self.known().waiting.pop_front() else { return };
            self.known().sent.entry(code.clone()).or_insert((client, Instant::now()));
            let Some(answer) = line.exchange(&self.apps[client], &code).await else { return };
            self.known().got(client, &code, &answer);
            self.acknowledged.send_modify(|count| *count += 1);
        }
    }

    /// Refreshes now this grant, now that one, and sometimes revokes something, until the server dies.
    async fn refresh(self: Arc<Self>, line: Line, mut chance: Chance) {
        loop {
            let live = self.known().live();
            if live.is_empty() {
                tokio::task::yield_now().await;
                continue;
            }
            let number = live[chance.below(live.len())];
            let done = match chance.below(16) {
                0 if live.len() > GRANTS_LEFT => self.revoke_grant(&line, number).await,
                1 => self.revoke_first_access_token(&line, number).await,
                _ => self.refresh_once(&line, number).await,
            };
            if done.is_none() {
                return;
            }
            self.acknowledged.send_modify(|count| *count += 1);
        }
    }

    async fn refresh_once(&self, line: &Line, number: usize) -> Option<()> {
        let (client, token) = self.touch(number);
        let answer = line.refresh(&self.apps[client], &token).await?;
        self.known().refreshed(number, &token, &answer);
        Some(())
    }

    async fn revoke_grant(&self, line: &Line, number: usize) -> Option<()> {
        let (client, token) = self.touch(number);
        self.known().chains[number].revocation = Revocation::Sent;
        let answer = line.revoke(&self.apps[client], &token).await?;
        assert_eq!(answer.status, StatusCode::OK);
        self.known().chains[number].revocation = Revocation::Done;
        Some(())
    }

    async fn revoke_first_access_token(&self, line: &Line, number: usize) -> Option<()> {
        let (client, _) = self.touch(number);
        let access = self.known().chains[number].tokens[0].access.clone();
        let answer = line.revoke(&self.apps[client], &access).await?;
        assert_eq!(answer.status, StatusCode::OK);
        self.known().revoked.push(access);
        Some(())
    }

    /// The client of a grant, and the newest refresh token that it has.
    fn touch(&self, number: usize) -> (usize, String) {
        let chain = &mut self.known().chains[number];
        chain.touched = true;
        (chain.client, chain.newest().refresh.clone())
    }

    /// Lets everybody work until so many answers came, and kills the server then.
    async fn storm(self: &Arc<Self>, server: Server, answers: usize, seed: &Seed, crash: u64) {
        let line = Line::to(&server);
        let mut tasks = JoinSet::new();
        for number in 0..8 {
            if number < 4 {
                tasks.spawn(Arc::clone(self).exchange(line.clone()));
            } else {
                let chance = seed.chance(1_000 + crash * 10 + number);
                tasks.spawn(Arc::clone(self).refresh(line.clone(), chance));
            }
        }
        let mut acknowledged = self.acknowledged.subscribe();
        let enough = *acknowledged.borrow() + answers;
        let enough = acknowledged.wait_for(|&count| count >= enough);
        let mut enough = std::pin::pin!(tokio::time::timeout(PATIENCE, enough));
        loop {
            tokio::select! {
                reached = &mut enough => {
                    reached.expect("the storm goes on").unwrap();
                    break;
                }
                Some(ended) = tasks.join_next() => ended.unwrap(),
            }
        }
        // SIGKILL.
        drop(server);
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
    }

    /// Checks everything that clients were told before the crash.
    async fn check(&self, line: &Line) {
        self.check_codes(line).await;
        let number_of_chains = self.known().chains.len();
        for number in 0..number_of_chains {
            self.check_chain(line, number).await;
        }
        let revoked = self.known().revoked.clone();
        for access in revoked {
            assert_eq!(line.call(&access).await, 401, "a revocation of an access token is gone");
        }
    }

    async fn check_codes(&self, line: &Line) {
        let sent = std::mem::take(&mut self.known().sent);
        for (code, (client, at)) in sent {
            let app = &self.apps[client];
            let known = self.known().exchanged.contains_key(&code);
            if !known {
                // Nobody knows whether this one was exchanged: if not, it still can be.
                let answer = line.exchange(app, &code).await.unwrap();
                self.known().got(client, &code, &answer);
            }
            // Later it would be a thief's, and end the grant.
            if !known || at.elapsed() < PARALLEL_USE {
                assert_refused(&line.exchange(app, &code).await.unwrap());
            }
        }
    }

    async fn check_chain(&self, line: &Line, number: usize) {
        let (client, tokens, revocation, touched) = {
            let chain = &mut self.known().chains[number];
            (chain.client, chain.tokens.clone(), chain.revocation, std::mem::take(&mut chain.touched))
        };
        let app = &self.apps[client];
        let newest = tokens.last().unwrap();
        if revocation == Revocation::Done {
            assert_refused(&line.refresh(app, &newest.refresh).await.unwrap());
            assert_eq!(line.call(&newest.access).await, 401, "a revocation is gone");
            return;
        }
        if !touched {
            assert_eq!(line.call(&newest.access).await, 200, "a grant is gone");
            return;
        }
        let answer = line.refresh(app, &newest.refresh).await.unwrap();
        if revocation == Revocation::Sent {
            // Nobody knows whether it was revoked: from now on one does.
            let revoked = answer.status != StatusCode::OK;
            self.known().chains[number].revocation =
                if revoked { Revocation::Done } else { Revocation::None };
            if revoked {
                return assert_refused(&answer);
            }
        }
        self.known().refreshed(number, &newest.refresh, &answer);
        // Again, and its predecessor again: the answers are those that were given.
        for token in tokens.iter().rev().take(2) {
            let answer = line.refresh(app, &token.refresh).await.unwrap();
            assert_eq!(answer.status, StatusCode::OK, "a lost answer is given again: {}", answer.body);
            self.known().refreshed(number, &token.refresh, &answer);
        }
        assert_eq!(line.call(&Tokens::of(&answer).access).await, 200);
        if tokens.len() > 1 {
            assert_eq!(line.call(&newest.access).await, 200, "an access token is gone");
        }
    }

    /// Nothing that was used works where no answer is given again.
    async fn check_that_nothing_works_twice(&self, line: &Line) {
        let (chains, codes) = {
            let known = self.known();
            let chain = |number: usize| (known.chains[number].client, known.chains[number].tokens.clone());
            (known.live().into_iter().map(chain).collect::<Vec<_>>(), known.exchanged.clone())
        };
        for (client, tokens) in chains {
            let [.., used, newest] = &tokens[..] else { continue };
            let app = &self.apps[client];
            let next = Tokens::of(&line.refresh(app, &newest.refresh).await.unwrap());
            assert_refused(&line.refresh(app, &used.refresh).await.unwrap());
            assert_refused(&line.refresh(app, &next.refresh).await.unwrap());
            assert_eq!(line.call(&next.access).await, 401);
        }
        for (code, client) in codes {
            assert_refused(&line.exchange(&self.apps[client], &code).await.unwrap());
        }
    }
}

/// Checks that every row is in a state that the program writes, and that rows agree with each other.
async fn check_rows(db: &Database) {
    let grants = domain::grants::tables::grant::Entity::find().all(db.read()).await.unwrap();
    let codes = domain::grants::tables::code::Entity::find().all(db.read()).await.unwrap();
    let tokens = domain::grants::tables::refresh_token::Entity::find().all(db.read()).await.unwrap();
    let mut revoked = 0;
    for grant in &grants {
        let status = grant.status;
        let is_revoked = status == GrantStatus::Revoked;
        revoked += i64::from(is_revoked);
        assert_eq!(grant.revoked_at.is_some(), is_revoked, "{grant:?}");
        assert_eq!(grant.revoke_reason.is_some(), is_revoked, "{grant:?}");
        let of_grant: Vec<_> = codes.iter().filter(|code| code.grant_id == grant.id).collect();
        let [code] = of_grant[..] else { panic!("a grant has one code: {of_grant:?}") };
        let was_used = status != GrantStatus::Pending;
        assert_eq!(code.consumed_at.is_some(), was_used, "{grant:?} {code:?}");
        assert_eq!(code.access_jti.is_some(), was_used, "{code:?}");
        assert_eq!(code.access_expires_at.is_some(), was_used, "{code:?}");
        let of_grant = || tokens.iter().filter(|token| token.grant_id == grant.id);
        let newest = of_grant().filter(|token| token.rotated_at.is_none());
        assert_eq!(newest.count(), usize::from(was_used), "a family has one end: {grant:?}");
        assert!(was_used || of_grant().count() == 0, "{grant:?}");
        for token in of_grant() {
            assert!(token.rotated_at.is_some() || (token.replay.is_none() && token.replay_count == 0));
        }
    }
    let events = async |action| {
        number(db, &format!("SELECT COUNT(*) FROM audit_events WHERE action = '{action}'")).await
    };
    assert_eq!(events("grant.revoked").await, revoked);
    assert_eq!(events("grant.authorized").await, i64::try_from(grants.len()).unwrap());
    assert_counts(db, "a crash").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_gone_after_a_crash_and_nothing_works_twice() {
    let seed = Seed::new();
    let place = Place::new().await;
    let mut server = place.start("10m");
    let line = Line::to(&server);
    let apps = vec![line.register().await, line.register().await];
    let person = Person::sign_in(&line, &place).await;
    let clients = Arc::new(Clients { apps, known: Mutex::default(), acknowledged: watch::Sender::new(0) });
    for crash in 0..CRASHES {
        let mut chance = seed.chance(crash);
        let line = Line::to(&server);
        for number in 0..CODES {
            let client = number % clients.apps.len();
            let code = person.approve(&line, &clients.apps[client]).await;
            clients.known().waiting.extend(vec![(client, code); 2]);
        }
        clients.storm(server, 1 + chance.below(60), &seed, crash).await;
        server = place.start("10m");
        clients.check(&Line::to(&server)).await;
        place.look(check_rows).await;
    }
    assert!(!clients.known().live().is_empty() && !clients.known().exchanged.is_empty());
    drop(server);
    let server = place.start("0s");
    clients.check_that_nothing_works_twice(&Line::to(&server)).await;
    place.look(check_rows).await;
}
