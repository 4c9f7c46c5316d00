//! The software that clients are registrations of (RFC 7591 §2, `software_id`), as administrators see it.

use types::client::ClientSource;

use crate::{crypto::secret::sha256, oauth::redirect_uri};

/// Begins the ids of entries that hold dynamic registrations.
pub const PREFIX: &str = "swe_";
/// Begins the ids of entries of clients whose ID is an address, which is no name that can stand in a path.
pub const DOCUMENT_PREFIX: &str = "doc_";

/// The entry that a new client belongs to: that of its software when it registered itself, else one of its own.
pub fn entry_of(source: ClientSource, client_id: &str, name: &str, redirect_uris: &[String]) -> String {
    match source {
        ClientSource::Dynamic => {
            let hosts = redirect_uri::hosts(redirect_uris).join(" ");
            let software = sha256(format!("{}\n{hosts}", name.to_lowercase()).as_bytes());
            format!("{PREFIX}{}", &software[..26])
        }
        ClientSource::MetadataDocument => {
            format!("{DOCUMENT_PREFIX}{}", &sha256(client_id.as_bytes())[..26])
        }
        ClientSource::Admin | ClientSource::User => client_id.to_owned(),
    }
}
