//! Lists that programs page through go by the id, which never changes; registrations of a program are found by where it
//! registered from.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements::new(
    module_path!(),
    &[
        "CREATE INDEX work_items_product_id ON work_items (product_id, id)",
        "CREATE INDEX clients_entry_address ON clients (entry_id, created_address)",
    ],
);
