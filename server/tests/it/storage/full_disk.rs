//! The disk fills up and empties while clients are at work: what the server acknowledged is there, and what was revoked
//! stays revoked.
//!
//! Files that may not grow stand for a full disk. With `GATEPASS_TEST_SMALL_DISK`, a folder on a small file system, it
//! really is one: `make prove` makes it.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::db::Database;
use http::StatusCode;
use sea_orm::EntityTrait;
use serde_json::json;
use tokio::{sync::watch, task::JoinSet};

use crate::support::{
    ClientApp, Tokens,
    outside::{Line, Person, Place, assert_refused},
    server::{PATIENCE, Server, gatepass},
};

/// Number of times that the disk fills up.
const FILLINGS: usize = 3;
/// Number of grants that there are to revoke.
const GRANTS: usize = 24;
/// Size beyond which no file grows while the disk is full, in bytes: less than the log of writes soon has.
const FULL: u64 = 8_192;
/// Number of answers of each kind that are waited for in each phase.
const ANSWERS: u64 = 40;

/// The disk of the server.
struct Disk {
    /// The file that fills it up, where it is small enough for that.
    ballast: Option<PathBuf>,
}

impl Disk {
    /// The disk, and a folder on it.
    async fn new() -> (Self, Place) {
        match std::env::var_os("GATEPASS_TEST_SMALL_DISK") {
            Some(folder) => {
                let place = Place::new_in(Path::new(&folder)).await;
                (Self { ballast: Some(Path::new(&folder).join("ballast")) }, place)
            }
            None => (Self { ballast: None }, Place::new().await),
        }
    }

    fn fill(&self, server: &Server) {
        let Some(ballast) = &self.ballast else { return server.limit_files(Some(FULL)) };
        let mut file = File::options().append(true).create(true).open(ballast).unwrap();
        // The server writes meanwhile, and may be quicker.
        for size in [1 << 20, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn empty(&self, server: &Server) {
        match &self.ballast {
            Some(ballast) => fs::remove_file(ballast).unwrap(),
            None => server.limit_files(None),
        }
    }
}

/// Everything that the server acknowledged.
#[derive(Clone, Default)]
struct Acknowledged {
    clients: Vec<String>,
    items: Vec<String>,
    revoked: Vec<Tokens>,
}

/// Clients at work.
struct Work {
    line: Line,
    client: ClientApp,
    /// May write.
    writer: Tokens,
    grants: Mutex<Vec<Tokens>>,
    acknowledged: Mutex<Acknowledged>,
    succeeded: watch::Sender<u64>,
    failed: watch::Sender<u64>,
    numbers: AtomicU64,
}

impl Work {
    /// Does one thing after the other until told to stop.
    async fn go_on(self: Arc<Self>, stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let number = self.numbers.fetch_add(1, Ordering::SeqCst);
            let done = match number % 4 {
                0 => self.register(number).await,
                1 => self.create_item(number).await,
                2 => self.revoke().await,
                _ => self.roll_back().await,
            };
            let counter = if done { &self.succeeded } else { &self.failed };
            counter.send_modify(|count| *count += 1);
        }
    }

    async fn register(&self, number: u64) -> bool {
        let wish = json!({
            "client_name": format!("Client {number}"),
            "redirect_uris": ["http://127.0.0.1/callback"],
            "token_endpoint_auth_method": "none",
        });
        let answer = self.line.post_json("/oauth/register", "", &wish).await.unwrap();
        if answer.status == StatusCode::CREATED {
            let id = answer.json()["client_id"].as_str().unwrap().to_owned();
            self.acknowledged.lock().unwrap().clients.push(id);
        }
        answer.status == StatusCode::CREATED
    }

    async fn create_item(&self, number: u64) -> bool {
        let item = json!({ "title": format!("Item {number}") });
        let answer = self.line.post_json("/api/v1/work-items", &self.writer.bearer(), &item).await.unwrap();
        if answer.status == StatusCode::CREATED {
            let id = answer.json()["id"].as_str().unwrap().to_owned();
            self.acknowledged.lock().unwrap().items.push(id);
        }
        answer.status == StatusCode::CREATED
    }

    async fn revoke(&self) -> bool {
        let Some(tokens) = self.grants.lock().unwrap().pop() else { return true };
        let answer = self.line.revoke(&self.client, &tokens.refresh).await.unwrap();
        if answer.status == StatusCode::OK {
            self.acknowledged.lock().unwrap().revoked.push(tokens);
        } else {
            self.grants.lock().unwrap().insert(0, tokens);
        }
        answer.status == StatusCode::OK
    }

    /// A refresh token that nobody knows: the transaction is rolled back.
    async fn roll_back(&self) -> bool {
        let answer = self.line.refresh(&self.client, "unknown").await.unwrap();
        if !answer.status.is_server_error() {
            assert_refused(&answer);
        }
        !answer.status.is_server_error()
    }

    /// Waits for so many more.
    async fn wait_for(counter: &watch::Sender<u64>, more: u64) {
        let mut counts = counter.subscribe();
        let enough = *counts.borrow() + more;
        let reached = tokio::time::timeout(PATIENCE, counts.wait_for(|&count| count >= enough)).await;
        reached.expect("the storm goes on").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_gone_after_the_disk_was_full() {
    if std::env::var("GATEPASS_TEST_POSTGRES").is_ok() {
        // That database keeps its files itself.
        return;
    }
    let (disk, place) = Disk::new().await;
    let mut server = place.start("30s");
    let line = Line::to(&server);
    let client = line.register().await;
    let person = Person::sign_in(&line, &place).await;
    let mut grants = Vec::new();
    for scope in std::iter::once("api:write").chain(std::iter::repeat_n("api:read", GRANTS)) {
        let code = person.approve_scope(&line, &client, scope).await;
        grants.push(Tokens::of(&line.exchange(&client, &code).await.unwrap()));
    }
    let work = Arc::new(Work {
        line: line.clone().forgiving(),
        client: client.clone(),
        writer: grants.remove(0),
        grants: Mutex::new(grants),
        acknowledged: Mutex::default(),
        succeeded: watch::Sender::new(0),
        failed: watch::Sender::new(0),
        numbers: AtomicU64::new(0),
    });
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        tasks.spawn(Arc::clone(&work).go_on(stopped.clone()));
    }
    let readyz = async || server.get("/readyz", &[]).status;
    for _ in 0..FILLINGS {
        Work::wait_for(&work.succeeded, ANSWERS).await;
        assert_eq!(readyz().await, StatusCode::OK);
        disk.fill(&server);
        Work::wait_for(&work.failed, ANSWERS).await;
        assert_eq!(readyz().await, StatusCode::SERVICE_UNAVAILABLE, "writes fail");
        disk.empty(&server);
        Work::wait_for(&work.succeeded, ANSWERS).await;
    }
    stop.send(true).unwrap();
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }

    // Others get their turn, in the database that is really there.
    let options = ["--database-url", &place.url];
    let mut other = gatepass(&[&["migrate"][..], &options].concat());
    let other = other.output().unwrap();
    assert!(other.status.success(), "{other:?}");
    check(&work, &line, &place).await;
    // SIGKILL.
    drop(std::mem::replace(&mut server, place.start("30s")));
    check(&work, &Line::to(&server), &place).await;
    assert!(server.stop().success());
}

/// Checks everything that was acknowledged.
async fn check(work: &Work, line: &Line, place: &Place) {
    let acknowledged = work.acknowledged.lock().unwrap().clone();
    assert!(!acknowledged.clients.is_empty() && !acknowledged.items.is_empty());
    assert!(!acknowledged.revoked.is_empty());
    let (clients, items) = place
        .look(async |db: &Database| {
            let clients = domain::clients::tables::client::Entity::find().all(db.read()).await.unwrap();
            let items = domain::procedures::work_items::table::Entity::find().all(db.read()).await.unwrap();
            let ids = |ids: Vec<String>| ids.into_iter().collect::<std::collections::BTreeSet<_>>();
            let clients = ids(clients.into_iter().map(|client| client.id.into()).collect());
            (clients, ids(items.into_iter().map(|item| item.id.to_string()).collect()))
        })
        .await;
    for id in &acknowledged.clients {
        assert!(clients.contains(id), "an acknowledged registration is gone: {id}");
    }
    for id in &acknowledged.items {
        assert!(items.contains(id), "an acknowledged work item is gone: {id}");
    }
    for tokens in &acknowledged.revoked {
        assert_eq!(line.call(&tokens.access).await, 401, "a revocation is gone");
        assert_refused(&line.refresh(&work.client, &tokens.refresh).await.unwrap());
    }
    assert_eq!(line.call(&work.writer.access).await, 200, "a grant is gone");
}
