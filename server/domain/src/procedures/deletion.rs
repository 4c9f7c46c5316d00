//! The data of a product as a whole: counted, and removed with it.

use types::id::ProductId;

use super::work_items;
use crate::{
    db::{Database, Transaction},
    error::Result,
};

/// Number of records that a product has.
pub async fn count_data(db: &Database, product_id: &ProductId) -> Result<u64> {
    let transaction = db.begin_read_in(Some(product_id)).await?;
    let count = work_items::count(&transaction, product_id).await?;
    transaction.rollback().await?;
    Ok(count)
}

/// Removes every record of a product.
pub async fn remove_data(transaction: &Transaction, product_id: &ProductId) -> Result<()> {
    transaction.enter(product_id).await?;
    work_items::remove_all(transaction, product_id).await
}
