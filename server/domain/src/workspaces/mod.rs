//! The frame around pages, and signing in.

pub mod products;
#[cfg(not(feature = "tables"))]
mod tables;
#[cfg(feature = "tables")]
pub mod tables;

use types::{
    apps::ConnectionDetails,
    failure::Failure,
    id::OrganizationId,
    paths,
    person::{Frame, FrameOrganization, FrameProduct, Viewer},
    scope::Resource,
};

use crate::Domain;

/// The switcher's organizations and products.
pub async fn frame(domain: &Domain, viewer: Option<&Viewer>) -> Result<Frame, Failure> {
    let Some(viewer) = viewer else {
        return Ok(Frame::default());
    };
    let user = &viewer.user_id;
    let organizations = products::organizations_of(domain.db.read(), user).await?;
    let memberships = products::memberships_of(domain.db.read(), user).await?;
    let products_of = |organization_id: &OrganizationId| {
        let mine = memberships.iter().filter(|membership| membership.organization_id == *organization_id);
        mine.map(|membership| FrameProduct {
            slug: membership.product_slug.clone(),
            name: membership.product.clone(),
            role: membership.role,
        })
        .collect()
    };
    let organizations = organizations.into_iter().map(|organization| FrameOrganization {
        products: products_of(&organization.id),
        slug: organization.slug,
        name: organization.name,
        role: organization.role,
    });
    Ok(Frame { viewer: Some(viewer.clone()), organizations: organizations.collect() })
}

/// Content of `Share`.
pub fn connection_details(domain: &Domain) -> ConnectionDetails {
    let issuer = &domain.config.issuer;
    let discovery = [
        ("Authorization server", paths::SERVER_METADATA.to_owned()),
        ("MCP server", paths::resource_metadata(Resource::Mcp)),
        ("REST API", paths::resource_metadata(Resource::Api)),
    ];
    ConnectionDetails {
        mcp_url: Resource::Mcp.url(issuer),
        api_url: domain.config.url(paths::API_V1),
        discovery: discovery
            .into_iter()
            .map(|(what, path)| (what.to_owned(), domain.config.url(&path)))
            .collect(),
    }
}
