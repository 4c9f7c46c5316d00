//! SeaORM entities, one table per file. Times are Unix milliseconds, ids prefixed ULIDs.
#![expect(missing_docs, reason = "columns are documented in the migrations, where they are made")]

pub mod audit_event;
pub mod authorization_request;
pub mod client;
pub mod client_document;
pub mod client_entry;
pub mod client_secret;
pub mod code;
pub mod grant;
pub mod membership;
pub mod organization;
pub mod own_token;
pub mod product;
pub mod product_role;
pub mod refresh_token;
pub mod revoked_token;
pub mod session;
pub mod setting;
pub mod signing_key;
pub mod used_assertion;
pub mod user;
pub mod work_item;
