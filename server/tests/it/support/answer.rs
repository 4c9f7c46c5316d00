//! Answers of a server, read whole.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::ISSUER;

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|_| panic!("not JSON ({}): {}", self.status, self.body))
    }

    /// A header as text; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The target of a redirect.
    pub fn location(&self) -> &str {
        assert!(self.status.is_redirection(), "no redirect: {} {}", self.status, self.body);
        self.header("location")
    }

    /// A parameter of the query of the redirect's target.
    pub fn location_param(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(self.location()).unwrap();
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// A parameter of the query of the redirect's target on this server.
    pub fn next_param(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(ISSUER).unwrap().join(self.location()).unwrap();
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The status and the `error` of an answer that refuses: `400 invalid_grant`.
    pub fn refusal(&self) -> String {
        format!("{} {}", self.status.as_u16(), self.error())
    }

    /// The `error` of an OAuth answer.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
}
