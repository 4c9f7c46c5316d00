//! Products: the spaces of an organization that hold its data.

use crate::id::{OrganizationId, ProductId};

/// Names a product and the organization that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductRef {
    /// `org_…`.
    pub organization_id: OrganizationId,
    /// `prd_…`.
    pub product_id: ProductId,
}

impl ProductRef {
    /// Both or none.
    pub fn of(organization_id: Option<OrganizationId>, product_id: Option<ProductId>) -> Option<Self> {
        organization_id
            .zip(product_id)
            .map(|(organization_id, product_id)| Self { organization_id, product_id })
    }
}
