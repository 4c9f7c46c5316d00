//! Migrations, keys and the demo mark.

use server::{
    crypto::{jwt::AccessClaims, password::PasswordHasher, sealed::SealingKey},
    demo,
    storage::{keys, migrations::migrate},
};

use crate::support::{BEGIN, ISSUER, TestApp};

#[tokio::test]
async fn migrating_twice_changes_nothing_and_replicas_may_do_it_together() {
    let app = TestApp::start().await;
    let (first, second) = tokio::join!(migrate(app.db().write()), migrate(app.db().write()));
    first.unwrap();
    second.unwrap();
}

#[tokio::test]
async fn signing_keys_are_sealed_and_survive_a_restart() {
    let app = TestApp::start().await;
    use sea_orm::EntityTrait;
    server::storage::entities::signing_key::Entity::delete_many().exec(app.db().write()).await.unwrap();
    let master = SealingKey::generate();
    let ring = keys::key_ring(app.db(), &master, BEGIN).await.unwrap();
    let claims = AccessClaims {
        iss: ISSUER.into(),
        sub: "u".into(),
        aud: vec![],
        client_id: "c".into(),
        jti: "j".into(),
        iat: 0,
        exp: 1,
        scope: String::new(),
        grant: "g".into(),
        narrowed: None,
    };
    let token = ring.sign(&claims).unwrap();
    let again = keys::key_ring(app.db(), &master, BEGIN).await.unwrap();
    assert_eq!(again.verify(&token, ISSUER), Some(claims));
    let error = keys::key_ring(app.db(), &SealingKey::generate(), BEGIN).await.err().unwrap().to_string();
    assert!(error.contains("--master-key-file"), "{error}");
}

#[tokio::test]
async fn replicas_that_start_together_share_one_key() {
    let app = TestApp::start().await;
    use sea_orm::EntityTrait;
    let table = server::storage::entities::signing_key::Entity::find;
    server::storage::entities::signing_key::Entity::delete_many().exec(app.db().write()).await.unwrap();
    let master = SealingKey::generate();
    let (first, second) =
        tokio::join!(keys::key_ring(app.db(), &master, BEGIN), keys::key_ring(app.db(), &master, BEGIN));
    first.unwrap();
    second.unwrap();
    assert_eq!(table().all(app.db().read()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_demo_is_seeded_once_and_marked() {
    let app = TestApp::start().await;
    use sea_orm::EntityTrait;
    let passwords = PasswordHasher::with_cost(8, 1).unwrap();
    demo::seed(app.db(), &passwords, app.now()).await.unwrap();
    let people = server::storage::entities::user::Entity::find().all(app.db().read()).await.unwrap();
    assert_eq!(people.len(), demo::PEOPLE.len());
    demo::check_mark(app.db(), true).await.unwrap();
    assert!(demo::check_mark(app.db(), false).await.unwrap_err().to_string().contains("--demo"));
    server::storage::entities::setting::Entity::delete_many().exec(app.db().write()).await.unwrap();
    assert!(demo::check_mark(app.db(), true).await.is_err(), "other people's data is not turned into a demo");
}

#[tokio::test]
async fn what_has_ended_is_removed_and_what_lives_is_not() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let tokens = app.tokens("member@example.com", &client, "api:read").await;
    app.clock.advance(20 * server::clock::DAY);
    server::jobs::cleanup::sweep(app.db(), 0, app.now()).await.unwrap();
    assert_eq!(client.refresh(&app, &tokens.refresh).await.status, http::StatusCode::OK);
    app.clock.advance(40 * server::clock::DAY);
    server::jobs::cleanup::sweep(app.db(), 0, app.now()).await.unwrap();
    use sea_orm::EntityTrait;
    assert!(
        server::storage::entities::refresh_token::Entity::find()
            .all(app.db().read())
            .await
            .unwrap()
            .is_empty()
    );
    assert!(server::storage::entities::code::Entity::find().all(app.db().read()).await.unwrap().is_empty());
    assert!(
        server::storage::entities::authorization_request::Entity::find()
            .all(app.db().read())
            .await
            .unwrap()
            .is_empty()
    );
    let grants = server::storage::entities::grant::Entity::find().all(app.db().read()).await.unwrap();
    assert_eq!(grants.len(), 1, "a grant stays for the record");
}
