//! The parts that pages are put together from.

pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod badge;
pub(crate) mod button;
pub(crate) mod copy;
pub(crate) mod copyable;
pub(crate) mod dialog;
pub(crate) mod empty;
pub(crate) mod failure;
pub(crate) mod field;
pub(crate) mod filters;
pub(crate) mod format;
pub(crate) mod icon;
pub(crate) mod inside;
pub(crate) mod load;
pub(crate) mod navbar;
pub(crate) mod page;
pub(crate) mod pagination;
pub(crate) mod permission;
pub(crate) mod query;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod theme;
pub(crate) mod time;
pub(crate) mod title;
pub(crate) mod toast;
