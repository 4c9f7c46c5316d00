//! The database: connections, transactions, paging, migrations.

pub mod database;
mod ledger;
pub mod listing;
pub mod location;
pub mod migrations;
pub mod private_files;
pub mod readers;
pub mod readiness;
pub mod settings;
pub mod sqlite_file;
mod sqlite_pool;
#[cfg(not(feature = "tables"))]
mod tables;
#[cfg(feature = "tables")]
pub mod tables;
pub mod tracked;

pub use database::Database;
pub use tracked::Transaction;
