//! The operations that are measured.

use std::error::Error;

use domain::{
    clock::{Clock, MINUTE, SystemClock},
    config::Limits,
    crypto::secret::{PlainSecret, SecretKind, sha256},
    db::pieces::Pieces,
    grants::{
        self, NewGrant, Origin,
        codes::{self, NewCode},
        connected,
        tables::grant,
    },
    jobs::cleanup,
    oauth::pkce::Challenge,
    views::live_grants,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use tokio_util::sync::CancellationToken;
use types::{
    apps::AppsQuery,
    client::AuthMethod,
    grant::{GrantStatus, Subject},
    id::{ClientId, GrantId},
    scope::{Resource, ScopeSet},
};

use super::{
    measure::{Cost, measure},
    world::{CALLBACK, World},
};

/// The columns of the table.
pub const NAMES: [&str; 12] = [
    "code exchange",
    "refresh",
    "introspection",
    "first call",
    "next call",
    "call, no guard",
    "guard's query",
    "Apps tab",
    "its search",
    "one access",
    "idle clean-up",
    "hourly clean-up",
];
/// A `code_verifier`.
const VERIFIER: &str = "scale-verifier-scale-verifier-scale-verifier";
/// Lists are read less often.
const LISTS: usize = 10;
/// Calls are made more often: what the guard costs is the difference of two of them.
const CALLS: usize = 20;
const ITEMS: &str = "/api/v1/work-items";

/// What each operation costs.
pub async fn costs(world: &World, times: usize) -> Result<[Cost; 12], Box<dyn Error>> {
    let (client, _) = world.client(AuthMethod::None).await?;
    let (api, secret) = world.client(AuthMethod::SecretPost).await?;
    let codes = authorized(world, &client, times).await?;
    let mut tokens = Vec::new();
    let exchange = measure(times, async |number| {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("client_id", client.as_str()),
            ("code", codes[number].expose()),
            ("code_verifier", VERIFIER),
        ];
        tokens.push(text(&world.post("/oauth/token", &pairs).await?, "refresh_token")?);
        Ok::<_, Box<dyn Error>>(())
    });
    let exchange = exchange.await;
    let mut access = Vec::new();
    let refresh = measure(tokens.len(), async |number| {
        let token = tokens[number].as_str();
        let pairs =
            [("grant_type", "refresh_token"), ("client_id", client.as_str()), ("refresh_token", token)];
        access.push(text(&world.post("/oauth/token", &pairs).await?, "access_token")?);
        Ok::<_, Box<dyn Error>>(())
    });
    let refresh = refresh.await;
    let introspection = measure(access.len(), async |number| {
        let token = access[number].as_str();
        let pairs = [("client_id", api.as_str()), ("client_secret", &secret), ("token", token)];
        let answer = world.post("/oauth/introspect", &pairs).await?;
        if answer["active"] == true { Ok(()) } else { Err(Box::<dyn Error>::from("it is not active")) }
    });
    let introspection = introspection.await;
    let call = measure(access.len(), async |number| world.get(ITEMS, &access[number]).await.map(|_| ()));
    let call = call.await;
    let [next, unguarded, query] = guard(world, &access[0], times * CALLS).await?;
    let [tab, search, one] = pages(world).await?;
    let [minute, hour] = clean_up(world).await?;
    Ok([exchange, refresh, introspection, call, next, unguarded, query, tab, search, one, minute, hour])
}

/// The cost of a call whose token is known, of the same without the guard, and of the one query that the guard may ask.
async fn guard(world: &World, token: &str, times: usize) -> Result<[Cost; 3], Box<dyn Error>> {
    let grant_id = live_grant(world).await?;
    let db = &world.state.db;
    Ok([
        measure(times, async |_| world.get(ITEMS, token).await.map(|_| ())).await,
        measure(times, async |_| world.get_unguarded(ITEMS).await.map(|_| ())).await,
        measure(times, async |_| live_grants::lookup_of_call(db.read(), &grant_id, "none").await.map(|_| ()))
            .await,
    ])
}

/// One of the grants that live.
async fn live_grant(world: &World) -> Result<GrantId, Box<dyn Error>> {
    let live = grant::Entity::find()
        .filter(grant::Column::Status.eq(GrantStatus::Active))
        .order_by_asc(grant::Column::Id)
        .one(world.state.db.lists());
    Ok(live.await?.ok_or("no grant")?.id)
}

/// What pages read.
async fn pages(world: &World) -> Result<[Cost; 3], Box<dyn Error>> {
    let list = async |search: &str| {
        let query = AppsQuery { search: search.to_owned(), ..AppsQuery::default() };
        let listed = connected::list(&world.state.domain, &world.actor, "acme", &query).await;
        listed.map(|_| ()).map_err(|failure| format!("{failure:?}"))
    };
    let grant = live_grant(world).await?;
    let details = async || {
        let read = connected::details(&world.state.domain, &world.actor, &grant, 1).await;
        read.map(|_| ()).map_err(|failure| format!("{failure:?}"))
    };
    Ok([
        measure(LISTS, async |_| list("").await).await,
        measure(LISTS, async |_| list("windsurf").await).await,
        measure(LISTS, async |_| details().await).await,
    ])
}

/// A clean-up after one that took what there was to take: that of each minute, and that of each hour.
async fn clean_up(world: &World) -> Result<[Cost; 2], Box<dyn Error>> {
    let options = &world.state.config.options;
    let Limits { unused_clients_max, .. } = options.limits;
    let stop = CancellationToken::new();
    let clean = async || {
        let (pieces, now) = (Pieces::new(&world.state.db, &stop), SystemClock.now());
        cleanup::sweep(pieces, &options.lifetimes, now).await?;
        cleanup::make_room(pieces, unused_clients_max, now).await
    };
    let unused = async || {
        let pieces = Pieces::new(&world.state.db, &stop);
        cleanup::remove_unused_clients(pieces, unused_clients_max, SystemClock.now()).await
    };
    clean().await?;
    unused().await?;
    Ok([measure(LISTS, async |_| clean().await).await, measure(LISTS, async |_| unused().await).await])
}

/// Codes of grants that the owner authorizes.
async fn authorized(
    world: &World,
    client_id: &ClientId,
    many: usize,
) -> Result<Vec<PlainSecret>, Box<dyn Error>> {
    let challenge = Challenge::stored(sha256(VERIFIER.as_bytes()));
    let mut codes = Vec::with_capacity(many);
    for _ in 0..many {
        let now = SystemClock.now();
        let code = PlainSecret::generate(SecretKind::Code);
        let grant = NewGrant {
            user_id: world.actor.viewer.user_id.clone(),
            client_id: client_id.clone(),
            product: Some(world.seat.product_ref()),
            scopes: ScopeSet::parse("api:read"),
            resources: std::iter::once(Resource::Api).collect(),
            address: "127.0.0.1".to_owned(),
            subject: Subject::Person,
            origin: Some(Origin {
                redirect_uri: CALLBACK.to_owned(),
                // A browser for each, or the newer ones would take the place of the older.
                browser: code.hashed(),
                requested_at: now,
                device: String::new(),
                replaces: false,
            }),
        };
        let transaction = world.state.db.begin().await?;
        let grant_id = grants::add(&transaction, grant, now).await?;
        let new = NewCode {
            hash: &code.hashed(),
            grant_id: &grant_id,
            client_id,
            redirect_uri: CALLBACK,
            challenge: &challenge,
            lifetime: 10 * MINUTE,
        };
        codes::add(&transaction, new, now).await?;
        transaction.commit().await?;
        codes.push(code);
    }
    Ok(codes)
}

fn text(answer: &serde_json::Value, name: &str) -> Result<String, Box<dyn Error>> {
    Ok(answer[name].as_str().ok_or_else(|| format!("no {name}"))?.to_owned())
}
