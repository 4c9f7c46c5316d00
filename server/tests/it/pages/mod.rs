//! Pages and the server functions behind them: signing in, forms, connected apps, apps of one's own, administration, and
//! who may do what.

pub mod activity;
pub mod admin_clients;
pub mod browser_policy;
pub mod client_entries;
pub mod client_life;
pub mod client_rights;
pub mod connected_apps;
pub mod cookie_rules;
pub mod oauth_apps;
pub mod page_rights;
#[cfg(unix)]
pub mod plain_forms;
pub mod server_functions;
pub mod session;
pub mod token_counts;
pub mod visible_text;
pub mod way_back;
