//! Adds many clients and grants to a demo workspace, to see how the pages bear it; for `make bench`:
//! `fill --clients 20000 --grants 100000 --data-dir <folder>`.

mod filling;

use std::error::Error;

use self::filling::Size;
use clap::Parser;
use domain::{
    clock::{Clock, SystemClock},
    config::DatabaseOptions,
    db::Database,
};

#[derive(Parser)]
struct Options {
    /// Number of clients
    #[arg(long, default_value_t = 20_000)]
    clients: usize,
    /// Number of grants
    #[arg(long, default_value_t = 100_000)]
    grants: usize,
    /// Number of events that are recorded of each grant
    #[arg(long, default_value_t = 1)]
    events_per_grant: usize,
    #[command(flatten)]
    database: DatabaseOptions,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let db = Database::connect_existing(&options.database.location(true)).await?;
    let Options { clients, grants, events_per_grant, .. } = options;
    filling::fill(&db, Size { clients, grants, events_per_grant }, SystemClock.now()).await?;
    db.close().await?;
    println!("The demo workspace has {clients} clients and {grants} grants more.");
    Ok(())
}
