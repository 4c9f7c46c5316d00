//! The people who gave a client access, and the products.

use leptos::prelude::*;

use crate::components::{
    badge::{ScopeBadges, grant_status},
    pagination::Pagination,
    table::{Table, cell, row},
    text::{main, name, note, person, quiet},
    time::{Ago, ago_or_never},
};
use types::{
    admin::{ClientGrant, GRANTS_PER_PAGE},
    apps::GrantState,
};

const COLUMNS: [&str; 6] = ["Person", "Product", "Permissions", "Authorized at", "Last used", "Status"];

/// A page of grants with the way to the others.
#[component]
pub(crate) fn Grants(
    /// The grants.
    grants: Vec<ClientGrant>,
    /// The moment when the page was made, in Unix milliseconds.
    now: i64,
    /// The number of the page, from 1.
    page: u64,
    /// Number of grants.
    total: u64,
    /// The address of another page of them.
    href: Box<dyn Fn(u64) -> String>,
) -> impl IntoView {
    if grants.is_empty() {
        return view! { <p class="section-about">"Nobody has given this client access."</p> }.into_any();
    }
    let rows = grants.into_iter().map(|grant| grant_row(grant, now)).collect();
    view! {
        <Table label="Grants" columns=COLUMNS.to_vec() rows />
        <Pagination
            label="Pages of grants"
            stay=true
            page
            per_page=GRANTS_PER_PAGE
            total
            previous=href(page.saturating_sub(1))
            next=href(page + 1)
        />
    }
    .into_any()
}

fn grant_row(grant: ClientGrant, now: i64) -> AnyView {
    let [who, product, permissions, authorized_at, last_used, status] = COLUMNS;
    row(
        matches!(grant.status, GrantState::Revoked { .. }),
        vec![
            cell(who, person(grant.person)),
            cell(
                product,
                match grant.product {
                    Some((organization, product)) => {
                        vec![main(name(product)), note(name(organization))].into_any()
                    }
                    None => quiet("Sign-in only"),
                },
            ),
            cell(permissions, view! { <ScopeBadges scopes=grant.scopes /> }.into_any()),
            cell(authorized_at, view! { <Ago now at=grant.authorized_at /> }.into_any()),
            cell(last_used, ago_or_never(now, grant.last_used_at)),
            cell(status, grant_status(grant.status, now)),
        ],
    )
}
