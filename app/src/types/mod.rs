//! The types that browser and server share. Nothing here knows a database, a token or a clock.

pub mod apps;
pub mod consent;
pub mod failure;
pub mod paths;
pub mod person;
pub mod problem;
pub mod role;
pub mod scope;
pub mod wire;
pub mod work_item;
