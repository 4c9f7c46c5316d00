//! The consent page, and the answers to it.

mod answer;
mod view;

pub use self::{
    answer::{Refusal, answer},
    view::view,
};
use crate::crypto::secret::sha256;

/// Ties the consent form to a browser by its cookie, to a person and to a request: nobody else can make it. It outlives
/// the session: whoever signs in again answers the same form.
pub fn csrf_token(browser: &str, user_id: &str, handle: &str) -> String {
    sha256(format!("consent\0{browser}\0{user_id}\0{handle}").as_bytes())
}
