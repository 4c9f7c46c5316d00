//! Workspaces that people make, change and leave: invitations, addresses that were given up, links by mail.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements::new(module_path!(), STATEMENTS);

const STATEMENTS: &[&str] = &[
    // A person who is gone stays as a tombstone that may not sign in; so do the places that grants of the past name.
    "ALTER TABLE users ADD COLUMN deleted_at BIGINT",
    "ALTER TABLE organizations ADD COLUMN deleted_at BIGINT",
    "ALTER TABLE products ADD COLUMN deleted_at BIGINT",
    // The product that a person opened last.
    "ALTER TABLE users ADD COLUMN last_product_id TEXT",
    // Browser and system in words, and the moment of the last request, give or take a few minutes.
    "ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sessions ADD COLUMN last_seen_at BIGINT NOT NULL DEFAULT 0",
    "UPDATE sessions SET last_seen_at = created_at",
    // Addresses that lead on for a while: `organization` by itself, or `org_…/product` within one. The target is an id.
    "CREATE TABLE former_slugs (
        address TEXT NOT NULL PRIMARY KEY,
        target_id TEXT NOT NULL,
        expires_at BIGINT NOT NULL
    )",
    "CREATE INDEX former_slugs_expires ON former_slugs (expires_at)",
    // Links that make somebody a member. product_roles is a JSON object: the id of a product, and the role in it.
    "CREATE TABLE invitations (
        id TEXT NOT NULL PRIMARY KEY,
        token_hash TEXT NOT NULL UNIQUE,
        organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
        product_roles JSON NOT NULL,
        email TEXT,
        invited_by TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        accepted_at BIGINT
    )",
    "CREATE INDEX invitations_organization ON invitations (organization_id, created_at)",
    "CREATE INDEX invitations_inviter ON invitations (invited_by)",
    "CREATE INDEX invitations_expires ON invitations (expires_at)",
    // Links by mail: with a person alone they set a new password, with an address too they prove it; with an address
    // alone they make an account.
    "CREATE TABLE account_links (
        token_hash TEXT NOT NULL PRIMARY KEY,
        user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
        email TEXT,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    )",
    "CREATE INDEX account_links_user ON account_links (user_id)",
    "CREATE INDEX account_links_expires ON account_links (expires_at)",
];
