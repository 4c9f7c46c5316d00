//! What things would cost with nothing around them, for `make bench`: `baselines <data folder of a demo> <address>`.
//!
//! - `/bare`: an answer of axum, without a layer.
//! - `/commit`: one commit of the database.
//! - `/api/v1/…`: the REST API with everything around it except the guard, which asks for a token, loads the grant,
//!   decides and counts.

#[path = "scale/unguarded.rs"]
mod unguarded;

use std::{error::Error, sync::Arc, time::Duration};

use axum::{Router, routing::get};
use clap::Parser;
use domain::{
    accounts::users,
    clock::{Clock, SystemClock},
    config::{Config, ServeOptions},
    crypto::password::PasswordHasher,
    db::{Database, settings},
    fetch::{AddressPolicy, FetchClient, SystemResolver},
    keys::{StoredKeys, master_key},
    workspaces::products,
};
use server::{
    start::{assemble, shutdown},
    web::{connections::ConnectionBounds, descriptors, serve::serve_until},
};

use self::unguarded::unguarded;

/// The server's: its figures stand beside these.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    serve: ServeOptions,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: baselines DATA BIND");
    let (data, bind) = (argument()?, argument()?);
    let options = Line::parse_from(["baselines", "--demo", "--data-dir", &data, "--bind", &bind]).serve;
    let config = Arc::new(Config::check(options)?);
    let db = Database::connect(&config.options.database.location(true)).await?;
    let master = master_key(&config.options.database.data_dir.join("master.key"), false)?;
    let keys = StoredKeys::open(&db, master, SystemClock.now()).await?;
    let owner = users::find_by_email(db.read(), "owner@example.com").await?.ok_or("no demo")?;
    let seat = products::find_membership_by_slugs(db.read(), &owner.id, "acme", "support")
        .await?
        .ok_or("no demo")?;
    let outbound = FetchClient::new(AddressPolicy::Public, Arc::new(SystemResolver), Vec::new());
    let passwords = PasswordHasher::recommended()?;
    let state = assemble(Arc::clone(&config), db.clone(), Arc::new(SystemClock), keys, passwords, outbound);
    let unguarded = unguarded(&state, (owner.id, owner.name), &seat);
    let commit = move || {
        let db = db.clone();
        async move {
            let set = settings::set(db.write(), "baseline", "committed").await;
            set.map(|()| "committed").map_err(|_| http::StatusCode::INTERNAL_SERVER_ERROR)
        }
    };
    let routes =
        Router::new().route("/bare", get(async || "ok")).route("/commit", get(commit)).merge(unguarded);
    let listener = tokio::net::TcpListener::bind(&bind).await?;
    let bounds = ConnectionBounds::within(descriptors::raise(), Vec::new());
    serve_until(listener, routes, bounds, shutdown(), Duration::from_secs(1)).await;
    Ok(())
}
