//! Requests that the server makes to addresses that somebody else chose.
//!
//! Whoever can name a URL for us to fetch could otherwise reach what only this machine can reach (server-side request
//! forgery, SSRF): its own ports, the network behind it, the metadata service of its cloud. So there is one client for
//! all of these requests, and it goes to public addresses only: every address that a name resolves to is checked, and
//! the connection goes to a checked address and nowhere else, whatever the name resolves to a moment later. It follows
//! no redirects, sends nothing that belongs to anybody, and reads no more than it was told to, in no more time than it
//! was given.

mod address;
mod cache_control;
mod client;
mod error;
mod message;
mod resolver;

pub use self::{
    address::is_public,
    client::{AddressPolicy, FetchClient, OutboundProxy, TIMEOUT},
    error::FetchError,
    message::{Body, FetchRequest, FetchResponse, Fetched},
    resolver::{Resolver, SystemResolver},
};
