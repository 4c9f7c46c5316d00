//! What the pages need of the backend: one trait per area, implemented by the server's `services`.
//!
//! Every method that takes a [`Viewer`] checks that viewer's right itself.

use std::sync::Arc;

use async_trait::async_trait;

use types::{
    admin::{AdminClientPage, ClientsPage, ClientsQuery, SeenClient},
    apps::{AppsPage, AppsQuery, ConnectionDetails, GrantDetails, Revoked},
    client::{ClientDetails, ClientType, Credentials, Impact},
    client_form::{ClientForm, RegistrationRules},
    consent::ConsentView,
    failure::Failure,
    oauth_apps::{OauthAppsPage, OauthAppsQuery},
    person::{Frame, SignInForm, Viewer},
    scope::ScopeSet,
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
    /// `session` names the viewer's, for the forms of the page.
    async fn list(
        &self,
        viewer: &Viewer,
        organization: &str,
        query: &AppsQuery,
        session: &str,
    ) -> Result<AppsPage, Failure>;
    /// One grant with what happened to it; the viewer's own, or of an organization that they manage.
    async fn details(
        &self,
        viewer: &Viewer,
        grant_id: &str,
        activity_page: u64,
    ) -> Result<GrantDetails, Failure>;
    /// Revokes a grant permanently, with `alike` also the others of the same person, app and product. Doing it twice is no
    /// error.
    async fn revoke(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        grant_id: &str,
        alike: bool,
    ) -> Result<Revoked, Failure>;
}

/// Clients for the people who register them. Everything about one client is for its owner and for instance admins;
/// for anybody else there is no such client.
#[async_trait]
pub trait OauthApps: Send + Sync {
    /// The viewer's own apps.
    async fn list(&self, viewer: &Viewer, query: &OauthAppsQuery) -> Result<OauthAppsPage, Failure>;
    /// What a form for a client needs to know.
    fn rules(&self) -> RegistrationRules;
    /// Registers an app of the viewer's.
    async fn create(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        form: &ClientForm,
        kind: ClientType,
    ) -> Result<Credentials, Failure>;
    /// One client, with a page of what happened to it.
    async fn details(
        &self,
        viewer: &Viewer,
        client_id: &str,
        activity_page: u64,
    ) -> Result<ClientDetails, Failure>;
    /// Changes name, redirect URIs, description and website. Clients that registered themselves cannot be changed.
    async fn update(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        form: &ClientForm,
    ) -> Result<(), Failure>;
    /// Adds a secret beside the one that works; refused when there are two.
    async fn add_secret(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
    ) -> Result<Credentials, Failure>;
    /// Ends a secret. Doing it twice is no error.
    async fn retire_secret(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        secret_id: &str,
    ) -> Result<(), Failure>;
    /// Switches the client off, or on again. Switching on does not lift an administrator's block.
    async fn set_disabled(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        disabled: bool,
    ) -> Result<(), Failure>;
    /// Changes the public keys of a confidential client: a JWK Set, or the https address of one, or nothing.
    async fn set_keys(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        keys: &str,
    ) -> Result<(), Failure>;
    /// Lets a confidential client act by itself in a product of which the viewer is an admin. Ends what it was let to do
    /// before.
    async fn authorize_own(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        product_id: &str,
        scopes: ScopeSet,
    ) -> Result<(), Failure>;
    /// What would end with the client.
    async fn impact(&self, viewer: &Viewer, client_id: &str) -> Result<Impact, Failure>;
    /// Deletes the client and ends all its grants. `name` is what the person typed to confirm.
    async fn delete(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        name: &str,
    ) -> Result<Impact, Failure>;
}

/// Clients of every source, for instance admins; everybody else is refused. Where several clients are named, each is
/// named by its client ID or by the id of an entry with several registrations; one transaction changes all or none.
#[async_trait]
pub trait ClientAdministration: Send + Sync {
    /// One page of the list.
    async fn list(&self, viewer: &Viewer, query: &ClientsQuery) -> Result<ClientsPage, Failure>;
    /// One client.
    async fn details(
        &self,
        viewer: &Viewer,
        client_id: &str,
        grants_page: u64,
        activity_page: u64,
    ) -> Result<AdminClientPage, Failure>;
    /// What an action on these would reach.
    async fn impact(&self, viewer: &Viewer, ids: &[String]) -> Result<Impact, Failure>;
    /// Blocks them until they are unblocked, or unblocks them. Grants live on.
    async fn set_blocked(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        ids: &[String],
        blocked: bool,
    ) -> Result<Impact, Failure>;
    /// Ends all their grants. People may authorize them again.
    async fn revoke_access(&self, visit: &Visit, viewer: &Viewer, ids: &[String]) -> Result<Impact, Failure>;
    /// Deletes them and ends all their grants.
    async fn delete(&self, visit: &Visit, viewer: &Viewer, ids: &[String]) -> Result<Impact, Failure>;
    /// Vouches for a client, or no longer.
    async fn set_verified(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        verified: bool,
        seen: Option<SeenClient>,
    ) -> Result<(), Failure>;
    /// Says that a client serves this server's resources, so that it may look into tokens, or no longer.
    async fn set_resource_server(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        resource_server: bool,
    ) -> Result<(), Failure>;
    /// Fetches the document of a client again, whether or not it is fresh.
    async fn refresh_document(&self, visit: &Visit, viewer: &Viewer, client_id: &str) -> Result<(), Failure>;
    /// Keeps the document of a client as it is stored, or lets it be fetched again.
    async fn set_document_pinned(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        pinned: bool,
        seen: Option<i64>,
    ) -> Result<(), Failure>;
    /// Takes a document that the viewer wrote, and pins it: that of a client, or of any without `client_id`. Gives what
    /// names the client in a path.
    async fn enter_document(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: Option<&str>,
        body: &str,
    ) -> Result<String, Failure>;
    /// Registers a client that belongs to nobody.
    async fn create(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        form: &ClientForm,
        kind: ClientType,
    ) -> Result<Credentials, Failure>;
    /// How many clients registered themselves at least an hour ago and were never let in by anybody.
    async fn unused(&self, viewer: &Viewer) -> Result<u64, Failure>;
    /// Removes those, and says how many.
    async fn remove_unused(&self, visit: &Visit, viewer: &Viewer) -> Result<u64, Failure>;
}

/// The work items of a product.
#[async_trait]
pub trait WorkItems: Send + Sync {
    /// A page of the product's work items, from 1; the last one for those behind it.
    async fn list(
        &self,
        viewer: &Viewer,
        organization: &str,
        product: &str,
        page: u64,
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
    /// Clients for the people who register them.
    pub oauth_apps: Arc<dyn OauthApps>,
    /// Clients of every source.
    pub clients: Arc<dyn ClientAdministration>,
    /// Work items.
    pub work_items: Arc<dyn WorkItems>,
}
