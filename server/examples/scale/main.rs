//! What things cost with few grants and with very many, for `make scale`: a table of CPU time for each operation and size.
//!
//! `scale --sizes 10,1000,100000,1000000` fills a SQLite database in a folder that goes afterwards; `--database-url
//! postgres://…` an empty PostgreSQL database, which stays. The server is in this process, without a network. Only its own
//! CPU time is counted: on PostgreSQL what the database takes shows in the time in brackets, which is that of the clock.

#[path = "../fill/filling.rs"]
mod filling;
mod measure;
mod operations;
mod unguarded;
mod world;

use std::error::Error;

use clap::Parser;
use domain::{
    clock::{Clock, DAY, SECOND, SystemClock},
    db::location::DatabaseLocation,
};
use sea_orm::{ConnectionTrait, DatabaseBackend};

use self::{
    filling::{Size, fill},
    world::World,
};

/// The server's, or these would be the figures of something else.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Grants for each client that is added.
const GRANTS_PER_CLIENT: usize = 10;

#[derive(Parser)]
struct Options {
    /// Numbers of grants
    #[arg(long, value_delimiter = ',', default_values_t = [10, 1_000, 100_000, 1_000_000])]
    sizes: Vec<usize>,
    /// Number of events that are recorded of each grant
    #[arg(long, default_value_t = 10)]
    events_per_grant: usize,
    /// Number of times that each operation is done
    #[arg(long, default_value_t = 100)]
    times: usize,
    /// An empty database: sqlite://FILE or postgres://… [default: a SQLite file that goes afterwards]
    #[arg(long, value_parser = DatabaseLocation::parse)]
    database_url: Option<DatabaseLocation>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let folder = tempfile::tempdir()?;
    let location = options.database_url.clone();
    let location = location.unwrap_or_else(|| DatabaseLocation::Sqlite(folder.path().join("scale.sqlite")));
    let world = World::start(&location).await?;
    let empty = world.bytes().await?;
    println!("| grants | MiB | bytes a grant | {} |", operations::NAMES.join(" | "));
    println!("|{}", "---|".repeat(3 + operations::NAMES.len()));
    let mut sizes = options.sizes.clone();
    sizes.sort_unstable();
    let mut grants = 0;
    for size in sizes {
        let more = size.saturating_sub(grants);
        let begun = SystemClock.monotonic();
        let size_of = Size {
            clients: more.div_ceil(GRANTS_PER_CLIENT),
            grants: more,
            events_per_grant: options.events_per_grant,
        };
        // Yesterday, so that nobody is busy.
        fill(&world.state.db, size_of, SystemClock.now() - DAY).await?;
        grants += more;
        if world.state.db.backend() == DatabaseBackend::Postgres {
            world.state.db.write().execute_unprepared("VACUUM ANALYZE").await?;
        }
        eprintln!("{more} grants more took {} s", (SystemClock.monotonic() - begun) / SECOND);
        let bytes = world.bytes().await?;
        let costs = operations::costs(&world, options.times).await?;
        let each = bytes.saturating_sub(empty) / grants.max(1) as u64;
        let costs: Vec<String> = costs.iter().map(ToString::to_string).collect();
        println!("| {grants} | {} | {each} | {} |", bytes >> 20, costs.join(" | "));
    }
    println!();
    println!("CPU milliseconds of the server for one operation; by the clock in brackets.");
    world.stop().await?;
    Ok(())
}
