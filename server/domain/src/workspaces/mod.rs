//! Organizations with their products, and the people in them.

pub mod invitations;
pub mod members;
pub mod organizations;
pub mod product_settings;
pub mod products;
mod slugs;
#[cfg(not(feature = "tables"))]
mod tables;
#[cfg(feature = "tables")]
pub mod tables;

use types::{
    apps::ConnectionDetails,
    failure::Failure,
    paths,
    person::{Frame, FrameOrganization, FrameProduct},
    scope::Resource,
};

use crate::{Domain, actor::Actor, workspaces::products::ProductMembership};

/// The switcher's organizations and products.
pub async fn frame(domain: &Domain, actor: Option<&Actor>) -> Result<Frame, Failure> {
    let Some(actor) = actor else {
        return Ok(Frame::default());
    };
    let viewer = &actor.viewer;
    let places = products::places_of(domain.db.read(), &viewer.user_id).await?;
    let open = || places.iter().flat_map(|(_, products)| products);
    let last = viewer.last_product_id.as_ref();
    let last = open().find(|product| Some(&product.product_id) == last).or_else(|| open().next());
    let last = last.map(|product| (product.organization_slug.clone(), product.product_slug.clone()));
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
    Ok(Frame {
        viewer: Some(viewer.clone()),
        organizations: organizations.collect(),
        last,
        may_create: organizations::may_create(domain, actor),
    })
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
