//! Organizations with their members and products, and everybody for instance admins.

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::context::{answer, backend, signed_in};
use crate::wire::{Failed, JsonPost};
use types::{
    id::UserId,
    people::{OrganizationRow, PeoplePage, PeopleQuery, UserPage, UserRow},
    workspace::{GeneralPage, MembersPage, MembersQuery, ProductsPage},
};

/// The members of an organization.
#[server(endpoint = "members", protocol = JsonPost)]
pub async fn members(organization: String, query: MembersQuery) -> Result<MembersPage, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::workspaces::members::list(&backend(), &actor, &organization, &query).await)
}

/// The products of an organization.
#[server(endpoint = "products", protocol = JsonPost)]
pub async fn products(organization: String) -> Result<ProductsPage, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::workspaces::product_settings::list(&backend(), &actor, &organization).await)
}

/// An organization itself.
#[server(endpoint = "general", protocol = JsonPost)]
pub async fn general(organization: String) -> Result<GeneralPage, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::workspaces::organizations::general(&backend(), &actor, &organization).await)
}

/// Everybody.
#[server(endpoint = "admin_users", protocol = JsonPost)]
pub async fn admin_users(query: PeopleQuery) -> Result<PeoplePage<UserRow>, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::flows::user_administration::users(&backend(), &actor, &query).await)
}

/// One person.
#[server(endpoint = "admin_user", protocol = JsonPost)]
pub async fn admin_user(user_id: UserId) -> Result<UserPage, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::flows::user_administration::user(&backend(), &actor, &user_id).await)
}

/// Every organization.
#[server(endpoint = "admin_organizations", protocol = JsonPost)]
pub async fn admin_organizations(query: PeopleQuery) -> Result<PeoplePage<OrganizationRow>, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::flows::user_administration::organizations(&backend(), &actor, &query).await)
}
