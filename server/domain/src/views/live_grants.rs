//! The grant that decides about an access token at the moment of a call, with client, user and role, in one query.

use sea_orm::{ConnectionTrait, FromQueryResult};
use types::{
    client::ClientStatus,
    grant::{GrantStatus, Subject},
    id::{ClientId, GrantId, OrganizationId, ProductId, UserId},
    product::ProductRef,
    role::{OrgRole, ProductRole, effective_role},
    scope::{Resource, ResourceSet, ScopeSet},
};

use crate::{
    clock::Millis,
    db::database::sql,
    error::Result,
    oauth::access::{Access, AccessContext, Refusal},
};

/// A grant with everything that decides about it.
#[derive(Clone, Debug)]
pub struct LiveGrant {
    /// `grt_…`.
    pub id: GrantId,
    /// The person who authorized it.
    pub user_id: UserId,
    /// Their name.
    pub user_name: String,
    /// Says if they may sign in.
    pub user_active: bool,
    /// The client.
    pub client_id: ClientId,
    /// Its name.
    pub client_name: String,
    /// Says if it may be used.
    pub client_active: bool,
    /// The entry of the administrators' list that it belongs to.
    pub entry_id: String,
    /// The most that people allow it.
    pub ceiling: Option<ScopeSet>,
    /// The product; `None` where the app only signs people in.
    pub product: Option<ProductRef>,
    /// The person's role in it, now.
    pub role: Option<ProductRole>,
    /// The state of the grant.
    pub status: GrantStatus,
    /// The scopes that it gives the client.
    pub scopes: ScopeSet,
    /// At which resources.
    pub resources: ResourceSet,
    /// The one who acts with it.
    pub subject: Subject,
    /// The moment when it was authorized.
    pub authorized_at: Millis,
}

impl LiveGrant {
    /// The one who acts with it, as tokens name them: never a person where the client acts by itself.
    pub fn subject_id(&self) -> &str {
        match self.subject {
            Subject::Person => &self.user_id,
            Subject::Client => &self.client_id,
        }
    }

    /// The access of a token of this grant at a resource, now.
    ///
    /// # Errors
    /// The [`Refusal`] that makes the token worthless there, whatever the call.
    pub fn evaluate(
        &self,
        resource: Resource,
        audience: ResourceSet,
        narrowed: Option<&ScopeSet>,
    ) -> Result<Access, Refusal> {
        self.evaluate_as(self.status, resource, audience, narrowed)
    }

    fn evaluate_as(
        &self,
        grant_status: GrantStatus,
        resource: Resource,
        audience: ResourceSet,
        narrowed: Option<&ScopeSet>,
    ) -> Result<Access, Refusal> {
        Access::evaluate(&AccessContext {
            resource,
            audience,
            narrowed,
            grant_status,
            grant_scopes: &self.scopes,
            grant_resources: self.resources,
            client_active: self.client_active,
            ceiling: self.ceiling.as_ref(),
            user_active: self.user_active,
            role: self.role,
            subject: self.subject,
        })
    }

    /// The scopes that the grant comes to at these resources, now; `None` when it has ended or nothing of it is left.
    /// A pause takes nothing from it: clients throw away what cannot be refreshed.
    pub fn effective_scopes(&self, resources: ResourceSet) -> Option<ScopeSet> {
        let status = if self.status == GrantStatus::Paused { GrantStatus::Active } else { self.status };
        let evaluate = |resource| self.evaluate_as(status, resource, resources, None).ok();
        let open = resources.iter().filter_map(evaluate);
        let scopes = open.fold(ScopeSet::EMPTY, |sum, access| sum.union(access.scopes()));
        (!scopes.is_empty()).then_some(scopes)
    }
}

/// What decides about a grant `g`.
pub(super) const COLUMNS: &str =
    "g.id, g.user_id, g.client_id, g.organization_id, g.product_id, g.status, g.paused_at, g.scopes, g.resources,
    g.subject, g.authorized_at, u.name AS user_name, u.disabled_at AS user_disabled_at,
    c.name AS client_name, c.status AS client_status, c.entry_id, c.ceiling,
    m.role AS org_role, r.role AS product_role";

/// The tables that have it, beside a grant `g`.
pub(super) const TABLES: &str = "JOIN users u ON u.id = g.user_id
    JOIN clients c ON c.id = g.client_id
    LEFT JOIN memberships m ON m.organization_id = g.organization_id AND m.user_id = g.user_id
    LEFT JOIN product_roles r ON r.product_id = g.product_id AND r.user_id = g.user_id";

/// The grant with which a client acts by itself, if somebody let it.
pub async fn find_of_service(db: &impl ConnectionTrait, client_id: &ClientId) -> Result<Option<LiveGrant>> {
    let query = format!(
        "SELECT {COLUMNS} FROM grants g {TABLES}
        WHERE g.client_id = $1 AND g.subject = 'client' AND g.status = 'active'"
    );
    Ok(Row::find_by_statement(sql(db, &query, [client_id.into()])).one(db).await?.map(LiveGrant::from))
}

/// The grant with this id, with everything that decides about it, and whether this access token of it was revoked: one
/// question, because every call asks. `None` when there is no such grant.
pub async fn lookup_of_call(
    db: &impl ConnectionTrait,
    grant_id: &GrantId,
    jti: &str,
) -> Result<Option<(LiveGrant, bool)>> {
    let query = format!(
        "SELECT {COLUMNS}, v.jti AS revoked_jti FROM grants g {TABLES} LEFT JOIN revoked_tokens v ON v.jti = $2
        WHERE g.id = $1"
    );
    let row = RowOfCall::find_by_statement(sql(db, &query, [grant_id.into(), jti.into()])).one(db).await?;
    Ok(row.map(|row| (row.grant.into(), row.revoked_jti.is_some())))
}

/// A row of the queries here.
#[derive(FromQueryResult)]
pub(super) struct Row {
    id: GrantId,
    user_id: UserId,
    client_id: ClientId,
    organization_id: Option<OrganizationId>,
    product_id: Option<ProductId>,
    status: GrantStatus,
    paused_at: Option<Millis>,
    scopes: ScopeSet,
    resources: ResourceSet,
    subject: Subject,
    authorized_at: Millis,
    user_name: String,
    user_disabled_at: Option<Millis>,
    client_name: String,
    /// The status of the client, which may be deleted.
    client_status: String,
    entry_id: String,
    ceiling: Option<ScopeSet>,
    org_role: Option<OrgRole>,
    product_role: Option<ProductRole>,
}

impl From<Row> for LiveGrant {
    fn from(row: Row) -> Self {
        Self {
            user_active: row.user_disabled_at.is_none(),
            client_active: row.client_status == ClientStatus::Active.as_str(),
            product: ProductRef::of(row.organization_id, row.product_id),
            role: effective_role(row.org_role, row.product_role),
            status: GrantStatus::read(row.status, row.paused_at),
            id: row.id,
            user_id: row.user_id,
            user_name: row.user_name,
            client_id: row.client_id,
            client_name: row.client_name,
            entry_id: row.entry_id,
            ceiling: row.ceiling,
            scopes: row.scopes,
            resources: row.resources,
            subject: row.subject,
            authorized_at: row.authorized_at,
        }
    }
}

/// The same with the token, if it was revoked.
#[derive(FromQueryResult)]
struct RowOfCall {
    revoked_jti: Option<String>,
    #[sea_orm(nested)]
    grant: Row,
}
