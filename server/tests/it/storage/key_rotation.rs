//! Signing keys take turns while the server runs.

use std::sync::Arc;

use domain::{
    audit::{Action, tables::audit_event},
    clock::{Clock, DAY, HOUR, MINUTE, Millis, SECOND},
    crypto::{jwt::KeyRing, sealed::SealingKey},
    keys::{self, Rotation, StoredKeys, tables::signing_key},
};
use http::StatusCode;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};

use crate::support::{BEGIN, MEMBER, TestApp, Tokens, log_of};

/// The key that signed an access token.
fn signer(tokens: &Tokens) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let header = URL_SAFE_NO_PAD.decode(tokens.access.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<serde_json::Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

/// The names in the JWK Set.
async fn published(app: &TestApp) -> Vec<String> {
    let answer = app.get("/oauth/jwks.json").await;
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    let set = answer.json();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn rotate(app: &TestApp) -> (String, Millis) {
    match keys::rotate(app.db(), &app.master, app.now()).await.unwrap() {
        Rotation::Added { kid, signs_from } => (kid, signs_from),
        other => panic!("not rotated: {other:?}"),
    }
}

impl TestApp {
    /// Another server on the same database, just started.
    async fn replica(&self) -> StoredKeys {
        StoredKeys::open(self.db(), self.master.clone(), self.now()).await.unwrap()
    }

    /// The same server with the keys that another start finds.
    async fn restarted_with(mut self, keys: StoredKeys) -> Self {
        self.state.keys = keys.ring();
        self.state.stored_keys = Arc::new(keys);
        self.restarted()
    }
}

#[tokio::test]
async fn a_rotation_is_published_first_signs_later_and_ends_no_token() {
    let (app, client) = TestApp::with_public_client().await;
    let before = app.tokens(MEMBER, &client, "api:read").await;
    let old = signer(&before);
    assert_eq!(published(&app).await, [old.as_str()]);

    let (new, signs_from) = rotate(&app).await;
    assert_eq!(signs_from, BEGIN + 10 * MINUTE);
    app.clock.advance(SECOND);
    assert_eq!(published(&app).await, [new.as_str(), &old], "it is published at once");
    let during = Tokens::of(&client.refresh(&app, &before.refresh).await);
    assert_eq!(signer(&during), old, "nobody may have the new key yet");
    let waiting = keys::rotate(app.db(), &app.master, app.now()).await.unwrap();
    assert_eq!(waiting, Rotation::Waiting { signs_from });
    for tokens in [&before, &during] {
        assert_eq!(app.call_api(tokens).await.status, StatusCode::OK);
    }

    app.clock.advance(10 * MINUTE - SECOND);
    let after = Tokens::of(&client.refresh(&app, &during.refresh).await);
    assert_eq!(signer(&after), new);
    for tokens in [&before, &during, &after] {
        assert_eq!(app.call_api(tokens).await.status, StatusCode::OK);
    }
    app.sweep().await;
    app.clock.advance(SECOND);
    assert_eq!(published(&app).await, [new.as_str(), &old]);

    // No token may live longer than a day.
    app.clock.advance(DAY);
    app.sweep().await;
    assert_eq!(published(&app).await, [new.as_str(), &old], "a little longer than the longest token");
    app.clock.advance(MINUTE);
    app.sweep().await;
    assert_eq!(published(&app).await, [new.as_str()]);
    let late = Tokens::of(&client.refresh(&app, &after.refresh).await);
    assert_eq!(signer(&late), new);
    assert_eq!(app.call_api(&late).await.status, StatusCode::OK);
    app.clock.advance(2 * DAY);
    app.sweep().await;
    assert_eq!(published(&app).await, [new.as_str()], "the last key stays");

    let events = audit_event::Entity::find().all(app.db().read()).await.unwrap();
    let rotations = events.iter().filter(|event| event.action == Action::KeyRotated);
    assert_eq!(rotations.map(|event| event.detail.as_deref()).collect::<Vec<_>>(), [Some(new.as_str())]);
}

#[tokio::test]
async fn a_key_leaves_after_its_own_successor_whatever_came_later() {
    let app = TestApp::start().await;
    let first = published(&app).await.remove(0);
    let (second, _) = rotate(&app).await;
    app.clock.advance(23 * HOUR);
    let (third, signs_from) = rotate(&app).await;
    app.clock.advance(HOUR + 12 * MINUTE);
    app.sweep().await;
    assert!(signs_from < app.now());
    assert_eq!(published(&app).await, [third.as_str(), &second]);
    assert_ne!(first, second);
    app.clock.advance(DAY);
    app.sweep().await;
    assert_eq!(published(&app).await, [third]);
}

#[tokio::test]
async fn replicas_agree_before_a_new_key_signs() {
    let (app, client) = TestApp::with_public_client().await;
    let replica = app.replica().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let (new, _) = rotate(&app).await;
    // Each loads the keys every minute.
    app.clock.advance(MINUTE);
    for keys in [&replica, &app.state.stored_keys] {
        keys.refresh(app.clock.monotonic()).await.unwrap();
    }
    app.clock.advance(9 * MINUTE);
    let issuer = app.state.config.issuer.clone();
    let tokens = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    assert_eq!(signer(&tokens), new);
    let claims = replica.ring().verify(&tokens.access, &issuer).unwrap();
    let theirs = Tokens { access: replica.ring().sign(&claims).unwrap(), ..tokens };
    assert_eq!(signer(&theirs), new);
    assert_eq!(app.call_api(&theirs).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_restart_in_the_middle_changes_nothing() {
    let (app, client) = TestApp::with_public_client().await;
    let before = app.tokens(MEMBER, &client, "api:read").await;
    let old = signer(&before);
    let (new, _) = rotate(&app).await;
    app.clock.advance(5 * MINUTE);
    let keys = app.replica().await;
    let app = app.restarted_with(keys).await;
    assert_eq!(published(&app).await, [new.as_str(), &old]);
    let during = Tokens::of(&client.refresh(&app, &before.refresh).await);
    assert_eq!(signer(&during), old);
    app.clock.advance(5 * MINUTE);
    let keys = app.replica().await;
    let app = app.restarted_with(keys).await;
    let after = Tokens::of(&client.refresh(&app, &during.refresh).await);
    assert_eq!(signer(&after), new);
    for tokens in [&before, &during, &after] {
        assert_eq!(app.call_api(tokens).await.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_rotations_at_the_same_time_one_succeeds() {
    let app = TestApp::start().await;
    let rotate = || keys::rotate(app.db(), &app.master, BEGIN);
    let all = tokio::join!(rotate(), rotate(), rotate());
    let all = [all.0.unwrap(), all.1.unwrap(), all.2.unwrap()];
    let added = all.iter().filter(|one| matches!(one, Rotation::Added { .. })).count();
    let waiting = Rotation::Waiting { signs_from: BEGIN + 10 * MINUTE };
    assert_eq!((added, all.iter().filter(|one| **one == waiting).count()), (1, 2), "{all:?}");
    app.clock.advance(SECOND);
    assert_eq!(published(&app).await.len(), 2);
}

#[tokio::test]
async fn keys_that_do_not_open_stop_a_rotation_and_no_running_server() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let wrong = keys::rotate(app.db(), &SealingKey::generate(), app.now()).await;
    assert!(wrong.unwrap_err().to_string().contains("--master-key-file"));
    app.clock.advance(SECOND);
    let good = published(&app).await;
    assert_eq!(good.len(), 1);

    let strange = signing_key::ActiveModel {
        kid: Set("strange".to_owned()),
        sealed_private: Set("sealed by somebody else".to_owned()),
        created_at: Set(app.now()),
        signs_from: Set(app.now()),
    };
    strange.insert(app.db().write()).await.unwrap();
    app.clock.advance(SECOND);
    let log = log_of(async { assert_eq!(published(&app).await, good) }).await;
    assert!(log.contains("a signing key cannot be used") && log.contains("strange"), "{log}");
    let tokens = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    assert_eq!(vec![signer(&tokens)], good);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    assert!(StoredKeys::open(app.db(), app.master.clone(), app.now()).await.is_err());

    signing_key::Entity::delete_many().exec(app.db().write()).await.unwrap();
    app.clock.advance(SECOND);
    assert_eq!(published(&app).await, good);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    assert_eq!(keys::rotate(app.db(), &app.master, app.now()).await.unwrap(), Rotation::NoKey);
}

#[tokio::test]
async fn the_keys_are_loaded_once_a_second_at_most() {
    let app = TestApp::start().await;
    let old = published(&app).await;
    rotate(&app).await;
    app.clock.advance(SECOND - 1);
    assert_eq!(published(&app).await, old);
    app.clock.advance(1);
    let both = published(&app).await;
    assert_eq!(both.len(), 2);
    // A clock that was set back does not stop it, nor does one that was set forth hurry it.
    app.clock.turn(-HOUR);
    app.clock.advance(SECOND);
    signing_key::Entity::delete_by_id(&both[0]).exec(app.db().write()).await.unwrap();
    assert_eq!(published(&app).await, old);
    app.clock.turn(2 * HOUR);
    rotate(&app).await;
    assert_eq!(published(&app).await, old);
    let ring: Arc<KeyRing> = app.state.stored_keys.ring();
    assert_eq!(ring.public().keys.len(), 1);
}
