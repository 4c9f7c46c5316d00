//! Migrations, keys and the demo mark.

use domain::{
    crypto::{jwt::AccessClaims, password::PasswordHasher, sealed::SealingKey},
    db::migrations::migrate,
    demo,
    keys::StoredKeys,
};
use serde_json::json;
use types::client::{ClientStatus, Impact};

use crate::support::{ADMIN, BEGIN, ClientApp, ISSUER, MEMBER, TestApp, TestDatabase};

#[tokio::test]
async fn migrating_twice_changes_nothing_and_replicas_may_do_it_together() {
    let app = TestApp::start().await;
    let (first, second) = tokio::join!(migrate(app.db()), migrate(app.db()));
    first.unwrap();
    second.unwrap();
}

#[tokio::test]
async fn signing_keys_are_sealed_and_survive_a_restart() {
    let app = TestApp::start().await;
    use sea_orm::EntityTrait;
    domain::keys::tables::signing_key::Entity::delete_many().exec(app.db().write()).await.unwrap();
    let master = SealingKey::generate();
    let ring = StoredKeys::open(app.db(), master.clone(), BEGIN).await.unwrap().ring();
    let claims = AccessClaims {
        iss: ISSUER.into(),
        sub: "u".into(),
        aud: vec![],
        client_id: "c".parse().unwrap(),
        jti: "j".into(),
        iat: 0,
        exp: 1,
        scope: String::new(),
        grant: "g".parse().unwrap(),
        narrowed: None,
    };
    let token = ring.sign(&claims).unwrap();
    let again = StoredKeys::open(app.db(), master, BEGIN).await.unwrap().ring();
    assert_eq!(again.verify(&token, ISSUER), Some(claims));
    let other = StoredKeys::open(app.db(), SealingKey::generate(), BEGIN).await;
    let error = other.err().unwrap().to_string();
    assert!(error.contains("--master-key-file"), "{error}");
}

#[tokio::test]
async fn replicas_that_start_together_share_one_key() {
    let app = TestApp::start().await;
    use sea_orm::EntityTrait;
    let table = domain::keys::tables::signing_key::Entity::find;
    domain::keys::tables::signing_key::Entity::delete_many().exec(app.db().write()).await.unwrap();
    let master = SealingKey::generate();
    let (first, second) = tokio::join!(
        StoredKeys::open(app.db(), master.clone(), BEGIN),
        StoredKeys::open(app.db(), master.clone(), BEGIN)
    );
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
    let people = domain::accounts::tables::user::Entity::find().all(app.db().read()).await.unwrap();
    assert_eq!(people.len(), demo::PEOPLE.len());
    demo::check_mark(app.db(), true).await.unwrap();
    assert!(demo::check_mark(app.db(), false).await.unwrap_err().to_string().contains("--demo"));
    domain::db::tables::setting::Entity::delete_many().exec(app.db().write()).await.unwrap();
    assert!(demo::check_mark(app.db(), true).await.is_err(), "other people's data is not turned into a demo");
}

#[tokio::test]
async fn what_has_ended_is_removed_and_what_lives_is_not() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    app.clock.advance(20 * domain::clock::DAY);
    app.sweep().await;
    assert_eq!(client.refresh(&app, &tokens.refresh).await.status, http::StatusCode::OK);
    app.clock.advance(40 * domain::clock::DAY);
    app.sweep().await;
    use sea_orm::EntityTrait;
    assert!(
        domain::grants::tables::refresh_token::Entity::find().all(app.db().read()).await.unwrap().is_empty()
    );
    assert!(domain::grants::tables::code::Entity::find().all(app.db().read()).await.unwrap().is_empty());
    assert!(
        domain::authorization_requests::tables::authorization_request::Entity::find()
            .all(app.db().read())
            .await
            .unwrap()
            .is_empty()
    );
    let grants = domain::grants::tables::grant::Entity::find().all(app.db().read()).await.unwrap();
    assert_eq!(grants.len(), 1, "a grant stays for the record");
}

#[tokio::test]
async fn entries_are_made_for_clients_that_were_there_before() {
    use domain::db::migrations::migrate_by;
    use sea_orm::ConnectionTrait;
    let database = TestDatabase::create().await;
    let db = database.connect_unmigrated().await;
    migrate_by(&db, Some(1)).await.unwrap();
    let mut statements = vec!["INSERT INTO organizations VALUES ('o', 'o', 'O', 1)".to_owned()];
    statements.push("INSERT INTO products VALUES ('p', 'o', 'p', 'P', 1)".to_owned());
    for user in ["u1", "u2"] {
        statements.push(format!(
            "INSERT INTO users VALUES ('{user}', '{user}@e.example', '{user}', '', FALSE, NULL, 1)"
        ));
    }
    for (id, name, source, owner, disabled) in [
        ("used", "Öld tool", "dynamic", "NULL", "NULL"),
        ("again", "öLD Tool", "dynamic", "NULL", "NULL"),
        ("owned", "Old owned", "user", "'u1'", "5"),
        ("idle", "Old idle", "admin", "NULL", "NULL"),
    ] {
        statements.push(format!(
            "INSERT INTO clients VALUES ('{id}', '{source}', '{name}', NULL, '[\"https://old.example/cb\"]', 'none',
                'authorization_code refresh_token', NULL, NULL, FALSE, {owner}, {disabled}, 7, 'test')"
        ));
    }
    for (id, user, client, status, used) in [
        ("g1", "u1", "used", "active", "9"),
        ("g2", "u1", "used", "active", "NULL"),
        ("g3", "u2", "used", "active", "8"),
        ("g4", "u2", "used", "revoked", "11"),
        ("g5", "u2", "used", "pending", "NULL"),
        ("g6", "u2", "owned", "expired", "NULL"),
        ("g7", "u2", "owned", "active", "NULL"),
        ("g8", "u1", "again", "active", "NULL"),
    ] {
        statements.push(format!(
            "INSERT INTO grants VALUES ('{id}', '{user}', '{client}', 'o', 'p', 'api:read', 'api', '{status}', 3, 'test',
                {used}, 0, NULL, NULL, NULL)"
        ));
    }
    for statement in &statements {
        db.write()
            .execute_unprepared(statement)
            .await
            .unwrap_or_else(|error| panic!("{error} in {statement}"));
    }
    migrate(&db).await.unwrap();

    let app = TestApp::on(database).await;
    app.assert_counts("the migration").await;
    let mut admin = app.signed_in(ADMIN).await;
    let mut found = async |query| admin.admin_clients(query).await.rows;
    let rows = found(json!({ "sort": "users" })).await;
    let seen: Vec<_> = rows
        .iter()
        .map(|row| {
            (row.name.as_str(), row.users, row.grants, row.last_used_at, row.status, row.owner.as_deref())
        })
        .collect();
    let expected = [
        ("öLD Tool", 2, 4, Some(11), ClientStatus::Active, None),
        ("Old owned", 1, 1, None, ClientStatus::Disabled, Some("u1")),
        ("Old idle", 0, 0, None, ClientStatus::Active, None),
    ];
    assert_eq!(seen, expected);
    assert_eq!((rows[0].registrations, rows[0].created_at), (2, 7));
    assert_eq!(found(json!({ "search": "old.example" })).await.len(), 3, "found by their host");
    assert_eq!(found(json!({ "search": "ÖLD" })).await.len(), 1);
    let body = json!({ "client_name": "Öld Tool", "redirect_uris": ["https://old.example/new"] });
    assert_eq!(app.post_json("/oauth/register", &body, &[]).await.status, http::StatusCode::CREATED);
    assert_eq!(found(json!({ "sort": "users" })).await[0].registrations, 3);
    let client = ClientApp::new("used".to_owned(), None, "https://old.example/cb");
    app.tokens(MEMBER, &client, "api:read").await;
    app.assert_counts("a new grant of an old client").await;
    admin.ask::<Impact>("delete_clients", json!({ "ids": ["used"] })).await;
    app.assert_counts("the end of an old client").await;
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    use domain::db::migrations::migrate_by;
    use sea_orm::ConnectionTrait;
    let database = TestDatabase::create().await;
    let db = database.connect_unmigrated().await;
    migrate_by(&db, Some(1)).await.unwrap();
    // The second migration meets this half-way.
    db.write().execute_unprepared("CREATE TABLE client_entries (id TEXT)").await.unwrap();
    migrate(&db).await.unwrap_err();
    db.write().execute_unprepared("SELECT entry_id FROM clients").await.unwrap_err();
    db.write().execute_unprepared("DROP TABLE client_entries").await.unwrap();
    migrate(&db).await.unwrap();
}
