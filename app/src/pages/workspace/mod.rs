//! What a workspace holds, and its settings.

pub(crate) mod apps;
pub(crate) mod product;
