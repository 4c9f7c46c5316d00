//! Tries again to fetch client ID documents where none could be fetched.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::client_metadata::documents::MetadataDocuments;

/// Tries every minute until `stop`.
pub async fn run(documents: MetadataDocuments, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(Duration::from_secs(60));
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        let tried = tokio::select! {
            tried = documents.try_again() => tried,
            () = stop.cancelled() => return,
        };
        if let Err(error) = tried {
            tracing::error!(%error, "documents could not be tried again");
        }
    }
}
