//! The parts that pages about one client share, whether its owner or an administrator looks at it.

pub(crate) mod action;
pub(crate) mod create;
mod credentials;
pub(crate) mod document_entry;
pub(crate) mod edit;
mod form;
pub(crate) mod identity;
pub(crate) mod keys;
pub(crate) mod page_state;
pub(crate) mod secrets;
pub(crate) mod service_access;
mod snippet_text;
pub(crate) mod snippets;
