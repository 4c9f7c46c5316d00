//! The tables, one a file. Times are Unix milliseconds, ids prefixed ULIDs.
#![cfg_attr(
    feature = "tables",
    expect(missing_docs, reason = "columns are documented in the migrations, where they are made")
)]

pub mod account_link;
pub mod session;
pub mod user;
