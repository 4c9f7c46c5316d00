//! The data of a workspace, and its settings.

pub(crate) mod apps;
pub(crate) mod product;
