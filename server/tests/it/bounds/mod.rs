//! What strangers and single people can cause has a bound, in rate and in what stays: a test for each row of the README's
//! table «What strangers and single people can cause».

mod authorize;
mod limits;
mod log;
mod pages;
mod passwords;
mod person;
mod proxy;
mod registration;
mod tokens;

use domain::jobs::cleanup;
use http::{Request, StatusCode, header};

use crate::support::{Answer, TestApp};

pub const MEMBER: &str = "member@example.com";
pub const OWNER: &str = "owner@example.com";
pub const HERE: &str = "198.51.100.1";
pub const THERE: &str = "198.51.100.2";

impl TestApp {
    /// Does what the job does every minute.
    pub async fn clean(&self) {
        let config = &self.state.config;
        cleanup::sweep(self.db(), config.lifetimes.refresh_replay, self.now()).await.unwrap();
        cleanup::make_room(self.db(), config.bounds.unused_clients, self.now()).await.unwrap();
    }

    /// How many rows a table has where this holds.
    pub async fn rows(&self, table: &str, condition: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM {table} WHERE {condition}")).await
    }

    /// Registers a client from an address.
    pub async fn register_from(&self, address: &str, body: &serde_json::Value) -> Answer {
        let request = Request::post("/oauth/register").header(header::CONTENT_TYPE, "application/json");
        self.send_body_from(address, request, body.to_string()).await
    }
}

/// Whether an answer says to come back later, in no more than so many seconds.
#[track_caller]
pub fn assert_later(answer: &Answer, status: StatusCode, seconds: u32) {
    assert_eq!(answer.status, status, "{}", answer.body);
    let wait: u32 = answer.header("retry-after").parse().unwrap();
    assert!(wait > 0 && wait <= seconds + 1, "{wait}");
}
