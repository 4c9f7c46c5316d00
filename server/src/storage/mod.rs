//! The database: entities, migrations, and one repository per aggregate.

pub mod access_tokens;
pub mod activity;
pub mod audit;
pub mod authorization_requests;
pub mod client_documents;
pub mod client_entries;
pub mod client_grants;
pub mod client_list;
pub mod client_marks;
pub mod client_secrets;
pub mod client_targets;
pub mod clients;
pub mod codes;
pub mod connected_apps;
pub mod database;
pub mod entities;
pub mod grants;
pub mod impact;
pub mod keys;
pub mod listing;
pub mod live_grants;
pub mod migrations;
pub mod own_tokens;
pub mod product_data;
pub mod products;
pub mod refresh_tokens;
pub mod sessions;
pub mod settings;
pub mod tracked;
pub mod unused_clients;
pub mod used_assertions;
pub mod users;
pub mod work_items;

pub use database::Database;
pub use tracked::Transaction;
