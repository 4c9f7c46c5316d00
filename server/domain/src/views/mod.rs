//! Reads that join the tables of several folders: lists, counts, and the live grant of a call. They write nothing.

pub mod client_grants;
pub mod client_list;
pub mod connected_apps;
pub mod grant_search;
mod grant_state;
pub mod greeting;
pub mod impact;
mod live_grant_cache;
pub mod live_grants;
pub mod people;
pub mod presented;

pub use live_grant_cache::LiveGrants;
