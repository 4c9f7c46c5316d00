//! The frame around pages, and signing in.

use std::sync::Arc;

use app::ports::Workspace;
use async_trait::async_trait;
use types::{
    apps::ConnectionDetails,
    failure::Failure,
    paths,
    person::{DemoHint, Frame, FrameOrganization, FrameProduct, SignInForm, Viewer},
    scope::Resource,
};

use super::unavailable;
use crate::http::bearer::resource_metadata_path;
use domain::{
    config::Config,
    demo,
    storage::{Database, products},
};

/// Implements [`Workspace`].
pub struct WorkspaceService {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Database,
}

#[async_trait]
impl Workspace for WorkspaceService {
    async fn frame(&self, viewer: Option<&Viewer>) -> Result<Frame, Failure> {
        let Some(viewer) = viewer else {
            return Ok(Frame::default());
        };
        let user = &viewer.user_id;
        let organizations = products::organizations_of(self.db.read(), user).await.map_err(unavailable)?;
        let seats = products::seats_of(self.db.read(), user).await.map_err(unavailable)?;
        let products_of = |organization_id: &str| {
            let mine = seats.iter().filter(|seat| seat.organization_id == organization_id);
            mine.map(|seat| FrameProduct {
                slug: seat.product_slug.clone(),
                name: seat.product.clone(),
                role: seat.role,
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

    fn sign_in_form(&self, next: &str) -> SignInForm {
        let people = demo::PEOPLE.iter().map(|person| (person.email.to_owned(), person.about.to_owned()));
        let demo = self
            .config
            .demo
            .then(|| DemoHint { people: people.collect(), password: demo::PASSWORD.to_owned() });
        SignInForm { next: paths::local_path(next).to_owned(), demo, ..SignInForm::default() }
    }

    fn connection_details(&self) -> ConnectionDetails {
        let issuer = &self.config.issuer;
        let discovery = [
            ("Authorization server", paths::SERVER_METADATA.to_owned()),
            ("MCP server", resource_metadata_path(Resource::Mcp)),
            ("REST API", resource_metadata_path(Resource::Api)),
        ];
        ConnectionDetails {
            mcp_url: Resource::Mcp.url(issuer),
            api_url: self.config.url(paths::API_V1),
            discovery: discovery
                .into_iter()
                .map(|(what, path)| (what.to_owned(), self.config.url(&path)))
                .collect(),
        }
    }
}
