//! Everything that tests share: a server on a database of its own, the binary, people with browsers, and clients.
//!
//! Names that most tests need are here; the rest is in the module of its subject.

mod addresses;
mod answer;
mod app;
mod apps;
pub mod assertions;
mod browser;
mod chance;
mod client;
pub mod client_credentials;
mod database;
pub mod documents;
#[path = "../../../examples/fill/filling.rs"]
mod filling;
mod flow;
pub mod forms;
pub mod hostile;
pub mod introspection;
mod log;
pub mod mcp;
#[cfg(unix)]
pub mod outside;
mod people;
mod plan;
pub mod rest;
mod roomy;
pub mod server;
mod storm;
mod web;

pub use self::{
    addresses::{HERE, THERE, assert_later},
    answer::Answer,
    app::{BEGIN, ISSUER, TestApp},
    apps::{CALLBACK, assert_counts, form, number},
    browser::{BROWSER, Browser, SESSION},
    chance::{Chance, Seed},
    client::{ClientApp, pkce},
    database::{TestDatabase, empty_database},
    filling::{Size, fill},
    flow::{Tokens, answered, authorize_url, hidden},
    log::log_of,
    people::{ADMIN, MEMBER, OUTSIDER, OWNER, VIEWER, membership},
    plan::plan,
    roomy::ROOMY,
    storm::{Cookies, all, approved, at_once, calling, codes, hung_up, won},
    web::{Reply, Web},
};
