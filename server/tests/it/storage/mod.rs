//! What is in the database: its file, migrations, keys, query plans, sweeps, and a disk or database that fails.

pub mod bystanders;
pub mod database_file;
#[cfg(target_os = "linux")]
pub mod full_disk;
pub mod key_rotation;
pub mod migrations;
pub mod query_plans;
pub mod sweeps;
pub mod usage_failures;
