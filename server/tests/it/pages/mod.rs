//! Pages and the server functions behind them: signing in, forms, connected apps, apps of one's own, administration, and
//! who may do what.

mod activity;
mod admin_clients;
mod browser_policy;
mod client_entries;
mod client_life;
mod client_rights;
mod compression;
mod connected_apps;
mod cookie_rules;
mod many_apps;
mod oauth_apps;
mod page_rights;
#[cfg(unix)]
mod plain_forms;
mod server_functions;
mod session;
mod token_counts;
mod visible_text;
mod way_back;
