//! A server with the demo workspace in this process, and those who use it.

use std::{error::Error, sync::Arc};

use axum::{Router, body::Body};
use clap::Parser;
use domain::{
    accounts::users,
    actor::Actor,
    clients::{self, NewClient, secrets, status},
    clock::{Clock, SystemClock},
    config::{Config, ServeOptions},
    crypto::{
        id,
        password::PasswordHasher,
        sealed::SealingKey,
        secret::{PlainSecret, SecretKind},
    },
    db::{Database, location::DatabaseLocation, migrations::migrate},
    demo,
    fetch::{AddressPolicy, FetchClient, SystemResolver},
    keys::StoredKeys,
    workspaces::products::{self, ProductMembership},
};
use http::{Request, header};
use http_body_util::BodyExt;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use server::{start::assemble, state::AppState};
use tower::ServiceExt;
use types::{
    client::{AuthMethod, ClientSource, GrantType},
    id::ClientId,
    person::Viewer,
};
use url::form_urlencoded;

use super::unguarded::unguarded;

/// Where clients get their answers.
pub const CALLBACK: &str = "https://scale.example/callback";

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    serve: ServeOptions,
}

/// The server, and the owner of the demo workspace.
pub struct World {
    pub state: AppState,
    router: Router,
    /// The REST API without its guard: the owner calls.
    unguarded: Router,
    /// The owner.
    pub actor: Actor,
    /// One of the products.
    pub seat: ProductMembership,
}

impl World {
    pub async fn start(location: &DatabaseLocation) -> Result<Self, Box<dyn Error>> {
        let line = [
            "scale",
            "--demo",
            "--bind",
            "127.0.0.1:4000",
            "--token-limit",
            "1000000000",
            "--call-limit",
            "1000000000",
        ];
        let config = Arc::new(Config::check(Line::parse_from(line).serve)?);
        let db = Database::connect(location).await?;
        migrate(&db).await?;
        let keys = StoredKeys::open(&db, SealingKey::generate(), SystemClock.now()).await?;
        let passwords = PasswordHasher::with_cost(8, 1)?;
        demo::seed(&db, &passwords, SystemClock.now()).await?;
        let owner = users::find_by_email(db.read(), demo::PEOPLE[1].email).await?.ok_or("no demo")?;
        let seat = products::find_membership_by_slugs(db.read(), &owner.id, "acme", "support");
        let seat = seat.await?.ok_or("no demo")?;
        let outbound = FetchClient::new(AddressPolicy::Public, Arc::new(SystemResolver), Vec::new());
        let state = assemble(config, db, Arc::new(SystemClock), keys, passwords, outbound);
        let viewer = Viewer {
            user_id: owner.id,
            email: owner.email,
            name: owner.name,
            instance_admin: false,
            last_product_id: None,
        };
        let actor = Actor { viewer, session: String::new(), browser: None, address: "127.0.0.1".to_owned() };
        let person = (actor.viewer.user_id.clone(), actor.viewer.name.clone());
        let unguarded = unguarded(&state, person, &seat);
        Ok(Self { router: server::router(state.clone()), unguarded, state, actor, seat })
    }

    /// The size of the database, the log of writes included.
    pub async fn bytes(&self) -> Result<u64, Box<dyn Error>> {
        let query = match self.state.db.backend() {
            DatabaseBackend::Postgres => "SELECT pg_database_size(current_database())",
            _ => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        };
        let statement = Statement::from_string(self.state.db.backend(), query);
        let row = self.state.db.read().query_one_raw(statement).await?.ok_or("no size")?;
        Ok(row.try_get_by_index::<i64>(0)?.unsigned_abs())
    }

    /// Adds a client, with a secret where it can keep one.
    pub async fn client(&self, auth_method: AuthMethod) -> Result<(ClientId, String), Box<dyn Error>> {
        let (db, now) = (self.state.db.write(), SystemClock.now());
        let client_id: ClientId = id::typed(now);
        let client = NewClient {
            id: client_id.clone(),
            source: ClientSource::Admin,
            name: "Scale".to_owned(),
            description: String::new(),
            website: None,
            redirect_uris: vec![CALLBACK.to_owned()],
            auth_method,
            keys: None,
            grant_types: GrantType::FOR_PEOPLE.to_vec(),
            default_scope: None,
            verified: false,
            owner_id: None,
            address: String::new(),
        };
        clients::add(db, client, now).await?;
        let secret = PlainSecret::generate(SecretKind::Client);
        if auth_method.has_secret() {
            secrets::add(db, &client_id, &secret, now).await?;
            status::set_resource_server(db, &client_id, true).await?;
        }
        Ok((client_id, secret.expose().to_owned()))
    }

    /// Sends a form, and reads the JSON of the answer.
    pub async fn post(
        &self,
        path: &str,
        pairs: &[(&str, &str)],
    ) -> Result<serde_json::Value, Box<dyn Error>> {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        send(&self.router, request, form).await
    }

    /// Sends a request with a token, and reads the JSON of the answer.
    pub async fn get(&self, path: &str, token: &str) -> Result<serde_json::Value, Box<dyn Error>> {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        send(&self.router, request, String::new()).await
    }

    /// The same past the guard, which is not asked.
    pub async fn get_unguarded(&self, path: &str) -> Result<serde_json::Value, Box<dyn Error>> {
        send(&self.unguarded, Request::get(path), String::new()).await
    }

    /// Closes the database.
    pub async fn stop(self) -> Result<(), Box<dyn Error>> {
        let db = self.state.db.clone();
        drop(self);
        Ok(db.close().await?)
    }
}

async fn send(
    router: &Router,
    request: http::request::Builder,
    body: String,
) -> Result<serde_json::Value, Box<dyn Error>> {
    let request = request.header(header::HOST, "127.0.0.1:4000").body(Body::from(body))?;
    let answer = router.clone().oneshot(request).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    if !status.is_success() {
        return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
    }
    Ok(serde_json::from_slice(&body)?)
}
