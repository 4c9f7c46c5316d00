//! The database: its file, migrations, keys, query plans, sweeps, and a disk or database that fails.

mod bystanders;
mod database_file;
#[cfg(target_os = "linux")]
mod full_disk;
mod key_rotation;
mod migrations;
mod pieces;
mod query_plans;
mod retention;
mod statements;
mod sweeps;
mod usage_failures;
