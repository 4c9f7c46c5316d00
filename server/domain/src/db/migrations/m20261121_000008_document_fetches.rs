//! How the last fetch of a client ID document went, and what people said of the document.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements::new(
    module_path!(),
    &[
        // When it was tried to fetch the document last, and why that failed if it did.
        "ALTER TABLE client_documents ADD COLUMN tried_at BIGINT NOT NULL DEFAULT 0",
        "UPDATE client_documents SET tried_at = fetched_at",
        "ALTER TABLE client_documents ADD COLUMN failure TEXT",
        // Since when something else stands at its address, or nothing.
        "ALTER TABLE client_documents ADD COLUMN withdrawn_at BIGINT",
        // Since when an administrator wants it as it is, and whether they wrote it.
        "ALTER TABLE client_documents ADD COLUMN pinned_at BIGINT",
        "ALTER TABLE client_documents ADD COLUMN entered BOOLEAN NOT NULL DEFAULT FALSE",
        // The newest that were fetched.
        "CREATE INDEX client_documents_fetched ON client_documents (fetched_at)",
        // When the document of a client was fetched that cannot be fetched any more.
        "ALTER TABLE clients ADD COLUMN stale_since BIGINT",
    ],
);
