//! The frame around pages, and signing in.

pub mod products;
#[cfg(not(feature = "tables"))]
mod tables;
#[cfg(feature = "tables")]
pub mod tables;

use types::{
    apps::ConnectionDetails,
    failure::Failure,
    paths,
    person::{Frame, FrameOrganization, FrameProduct, Viewer},
    scope::Resource,
};

use crate::{Domain, workspaces::products::ProductMembership};

/// The switcher's organizations and products.
pub async fn frame(domain: &Domain, viewer: Option<&Viewer>) -> Result<Frame, Failure> {
    let Some(viewer) = viewer else {
        return Ok(Frame::default());
    };
    let places = products::places_of(domain.db.read(), &viewer.user_id).await?;
    let product = |product: ProductMembership| FrameProduct {
        slug: product.product_slug,
        name: product.product,
        role: product.role,
    };
    let organizations = places.into_iter().map(|(organization, products)| FrameOrganization {
        products: products.into_iter().map(product).collect(),
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
