//! Products: the spaces of an organization that hold its data.

/// Names a product and the organization that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductRef {
    /// `org_…`.
    pub organization_id: String,
    /// `prd_…`.
    pub product_id: String,
}

impl ProductRef {
    /// Both or none.
    pub fn of(organization_id: Option<String>, product_id: Option<String>) -> Option<Self> {
        organization_id
            .zip(product_id)
            .map(|(organization_id, product_id)| Self { organization_id, product_id })
    }
}
