//! What the pages need of the backend: one trait per area, implemented by the server's `services`.
//!
//! Every method that takes a [`Viewer`] checks that viewer's right itself.

use std::sync::Arc;

use async_trait::async_trait;

use crate::types::{
    apps::{AppsPage, AppsQuery, ConnectionDetails, Revoked},
    consent::ConsentView,
    failure::Failure,
    person::{Frame, SignInForm, Viewer},
    work_item::{NewWorkItem, WorkItem, WorkItemsPage},
};

/// Who makes a page request, as the server's session layer found out.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    /// The signed-in person.
    pub viewer: Option<Viewer>,
    /// Names the session without opening it: the stored hash of the session cookie.
    pub session: Option<String>,
    /// The cookie that binds authorization requests to this browser.
    pub browser: Option<String>,
    /// The network address, for audit events.
    pub address: String,
}

/// The frame around pages, and signing in.
#[async_trait]
pub trait Workspace: Send + Sync {
    /// The switcher's organizations and products.
    async fn frame(&self, viewer: Option<&Viewer>) -> Result<Frame, Failure>;
    /// What the sign-in page shows; `next` is the path to return to.
    fn sign_in_form(&self, next: &str) -> SignInForm;
    /// What `Share` shows.
    fn connection_details(&self) -> ConnectionDetails;
}

/// The consent page.
#[async_trait]
pub trait Consents: Send + Sync {
    /// The request with this handle as the viewer should see it. `product` is the one to open the page with,
    /// `problem` the code of what was wrong with the last answer.
    async fn view(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        handle: &str,
        product: Option<&str>,
        problem: Option<&str>,
    ) -> Result<ConsentView, Failure>;
}

/// The Apps tab.
#[async_trait]
pub trait ConnectedApps: Send + Sync {
    /// The grants of an organization that the viewer may see: all for owners and admins, their own for members.
    async fn list(&self, viewer: &Viewer, organization: &str, query: &AppsQuery)
    -> Result<AppsPage, Failure>;
    /// Revokes a grant for ever. Doing it twice is no error.
    async fn revoke(&self, visit: &Visit, viewer: &Viewer, grant_id: &str) -> Result<Revoked, Failure>;
}

/// The work items of a product.
#[async_trait]
pub trait WorkItems: Send + Sync {
    /// All work items of the product.
    async fn list(
        &self,
        viewer: &Viewer,
        organization: &str,
        product: &str,
    ) -> Result<WorkItemsPage, Failure>;
    /// Makes one; needs write.
    async fn create(
        &self,
        viewer: &Viewer,
        organization: &str,
        product: &str,
        item: NewWorkItem,
    ) -> Result<WorkItem, Failure>;
    /// Changes the status to `open`, `in_progress` or `done`; needs write.
    async fn set_status(
        &self,
        viewer: &Viewer,
        organization: &str,
        product: &str,
        id: &str,
        status: &str,
    ) -> Result<WorkItem, Failure>;
    /// Deletes one; needs admin.
    async fn delete(
        &self,
        viewer: &Viewer,
        organization: &str,
        product: &str,
        id: &str,
    ) -> Result<(), Failure>;
}

/// Everything that server functions may call.
#[derive(Clone)]
pub struct Services {
    /// The frame around pages, and signing in.
    pub workspace: Arc<dyn Workspace>,
    /// The consent page.
    pub consents: Arc<dyn Consents>,
    /// The Apps tab.
    pub connected_apps: Arc<dyn ConnectedApps>,
    /// Work items.
    pub work_items: Arc<dyn WorkItems>,
}
