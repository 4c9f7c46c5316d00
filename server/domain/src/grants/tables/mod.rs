//! The tables, one a file. Times are Unix milliseconds, ids prefixed ULIDs.
#![cfg_attr(
    feature = "tables",
    expect(missing_docs, reason = "columns are documented in the migrations, where they are made")
)]

pub mod code;
pub mod grant;
pub mod refresh_token;
pub mod revoked_token;
pub mod service_token;
