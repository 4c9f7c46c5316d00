//! The database: connections, transactions, paging, migrations.

mod connections;
pub mod database;
mod deadline;
pub(crate) mod flag;
mod ledger;
pub mod listing;
pub mod location;
pub mod migrations;
pub mod pieces;
mod postgres;
pub mod private_files;
pub mod readiness;
pub mod remembered;
pub mod settings;
mod sqlite;
pub mod sqlite_file;
pub mod statements;
#[cfg(not(feature = "tables"))]
mod tables;
#[cfg(feature = "tables")]
pub mod tables;

pub use connections::{Lists, Reads, Transaction, Writes};
pub use database::Database;
