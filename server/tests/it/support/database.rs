//! A database for one test: a SQLite file, or a PostgreSQL database of its own.

use std::sync::atomic::{AtomicU32, Ordering};

use domain::db::{Database, location::DatabaseLocation, migrations::migrate};
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// An empty database; migrated once it is connected to.
pub struct TestDatabase {
    pub location: DatabaseLocation,
    _folder: Option<TempDir>,
}

impl TestDatabase {
    pub async fn create() -> Self {
        match std::env::var("GATEPASS_TEST_POSTGRES") {
            Ok(server) => {
                Self { location: DatabaseLocation::Postgres(postgres(&server).await), _folder: None }
            }
            Err(_) => {
                let folder = tempfile::tempdir().unwrap();
                let location = DatabaseLocation::Sqlite(folder.path().join("test.sqlite"));
                Self { location, _folder: Some(folder) }
            }
        }
    }

    /// Without any table, unless it was connected to before.
    pub async fn connect_unmigrated(&self) -> Database {
        Database::connect(&self.location).await.unwrap()
    }

    pub async fn connect(&self) -> Database {
        let db = self.connect_unmigrated().await;
        migrate(&db).await.unwrap();
        db
    }
}

/// The URL of an empty database: a SQLite file in this folder, or a PostgreSQL database of its own.
pub async fn empty_database(folder: &TempDir) -> String {
    match std::env::var("GATEPASS_TEST_POSTGRES") {
        Ok(server) => postgres(&server).await,
        Err(_) => format!("sqlite://{}", folder.path().join("new.sqlite").display()),
    }
}

/// A new database on the server that the URL names; it goes with the server's cluster.
async fn postgres(server: &str) -> String {
    let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let admin = sea_orm::Database::connect(server).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    admin.close().await.unwrap();
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let (base, _) = base.rsplit_once('/').unwrap();
    format!("{base}/{name}?{query}")
}
