//! The only way to a product's data: a handle built from a checked caller.

use types::id::ProductId;

use crate::{
    db::{Database, Transaction},
    error::Result,
    oauth::caller::Caller,
    procedures::ProcedureError,
};

/// A transaction that sees the rows of one product. On PostgreSQL the row-level security policies hold it to that
/// product whatever the statement says; everywhere the repositories take the product from here.
pub struct ProductData {
    transaction: Transaction,
    product_id: ProductId,
}

impl ProductData {
    /// Opens the caller's product for reading.
    pub async fn read(db: &Database, caller: &Caller) -> Result<Self> {
        let product_id = caller.product.product_id.clone();
        Ok(Self { transaction: db.begin_read_in(Some(&product_id)).await?, product_id })
    }

    /// Opens the caller's product for reading and writing. Nothing is kept without [`Self::commit`].
    pub async fn write(db: &Database, caller: &Caller) -> Result<Self> {
        let product_id = caller.product.product_id.clone();
        Ok(Self { transaction: db.begin_in(Some(&product_id)).await?, product_id })
    }

    /// Keeps what was written.
    pub async fn commit(self) -> Result<()> {
        self.transaction.commit().await
    }

    /// Gives up what was written, for a reason that was found meanwhile and holds once this comes back.
    ///
    /// # Errors
    /// Always: the refusal, or that of the database when what led to it does not hold.
    pub async fn refuse<T>(self, refusal: ProcedureError) -> std::result::Result<T, ProcedureError> {
        self.transaction.refuse(refusal).await
    }

    /// The connection, for the repositories of product data.
    pub(crate) const fn connection(&self) -> &Transaction {
        &self.transaction
    }

    /// The product that every query has to name.
    pub(crate) fn product_id(&self) -> &ProductId {
        &self.product_id
    }
}
