//! The tables, one a file. Times are Unix milliseconds, ids prefixed ULIDs.
#![cfg_attr(
    feature = "tables",
    expect(missing_docs, reason = "columns are documented in the migrations, where they are made")
)]

pub mod former_slug;
pub mod invitation;
pub mod membership;
pub mod organization;
pub mod product;
pub mod product_role;
