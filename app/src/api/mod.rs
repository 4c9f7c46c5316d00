//! Server functions: the pages' own remote calls. Each one asks who it is, lets an operation check the right,
//! and answers.
#![expect(missing_docs, reason = "the macro makes undocumented structs from the arguments")]

mod account;
mod admin;
mod apps;
mod consent;
mod frame;
mod oauth_apps;
mod procedures;
mod work_items;
mod workspace;

pub use {
    account::*, admin::*, apps::*, consent::*, frame::*, oauth_apps::*, procedures::*, work_items::*,
    workspace::*,
};
