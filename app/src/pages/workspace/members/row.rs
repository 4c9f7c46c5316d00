//! A member in the table, and what may be changed of them.

use leptos::prelude::*;

use crate::components::{
    badge::{StatusBadge, Tone},
    button::popup,
    field::options,
    form::{FormState, PostForm},
    table::{cell, row},
    text::{main, name, note, plain, quiet},
    time::ago_or_never,
};
use types::{
    form::Form,
    id::{ProductId, UserId},
    role::{OrgRole, ProductRole},
    workspace::{MemberRow, ProductChoice},
};

/// The page around the rows.
pub(super) struct Context {
    /// The organization's slug.
    pub(super) slug: String,
    /// The viewer's role in it.
    pub(super) role: OrgRole,
    /// The viewer.
    pub(super) viewer: UserId,
    /// Its products.
    pub(super) products: Vec<ProductChoice>,
    /// The moment when the page was made, in Unix milliseconds.
    pub(super) now: i64,
}

/// A member.
pub(super) fn member_row(member: MemberRow, context: &Context) -> AnyView {
    let Context { slug, role, viewer, products, now } = context;
    let own = member.user_id == *viewer;
    let mut who = vec![main(name(member.name.clone())), note(plain(member.email.clone()))];
    if own {
        who.push(note(plain("You")));
    }
    if !member.active {
        who.push(view! { <StatusBadge tone=Tone::Warning label="Disabled" /> }.into_any());
    }
    let in_products = if member.role.manages() {
        quiet("All, as admin")
    } else if member.products.is_empty() {
        quiet("None")
    } else {
        let told = |(id, role): &(ProductId, ProductRole)| {
            let product = products.iter().find(|product| product.id == *id)?;
            Some(note(vec![name(product.name.clone()), plain(format!(": {role}"))].into_any()))
        };
        member.products.iter().filter_map(told).collect::<Vec<_>>().into_any()
    };
    let mut cells = vec![
        cell("Name", who.into_any()),
        cell("Role", plain(member.role.to_string())),
        cell("Products", in_products),
        cell("Last seen", ago_or_never(*now, member.last_seen_at)),
    ];
    if role.manages() {
        // Owners are for owners.
        let may = *role == OrgRole::Owner || member.role != OrgRole::Owner;
        cells.push(cell(
            "Actions",
            if may { actions(&member, own, slug, *role, products) } else { quiet("Owner") },
        ));
    }
    row(!member.active, cells)
}

fn actions(member: &MemberRow, own: bool, slug: &str, role: OrgRole, products: &[ProductChoice]) -> AnyView {
    let fixed = || vec![("organization", slug.to_owned()), ("member", member.user_id.to_string())];
    let change = FormState::new(Form::ChangeMember, fixed());
    let called = member.name.clone();
    let about_roles = format!("Change roles of {called}");
    let remove = (!own).then(|| {
        let form = FormState::new(Form::RemoveMember, fixed());
        let about = Some(format!("Remove {called}"));
        view! {
            <PostForm state=form class="">
                {form.submit_about("Remove", "button-small button-danger", about)}
            </PostForm>
        }
        .into_any()
    });
    let id = member.user_id.as_str();
    let (org_role, in_products) = role_fields(id, role, Some(member.role), products, &member.products);
    let form = view! {
        <PostForm state=change>
            {org_role}
            {in_products}
            {change.submit("Save roles", "button-primary")}
        </PostForm>
    };
    let roles = popup(format!("roles-{id}"), "Roles", about_roles, form.into_any());
    view! {
        <div class="row-actions">
            {roles}
            {remove}
        </div>
    }
    .into_any()
}

/// The choice of a role in the organization, and of one in each product. `of` tells their ids from others.
pub(super) fn role_fields(
    of: &str,
    viewer: OrgRole,
    now: Option<OrgRole>,
    products: &[ProductChoice],
    in_products: &[(ProductId, ProductRole)],
) -> (AnyView, Vec<AnyView>) {
    let may = |role: &OrgRole| *role != OrgRole::Owner || viewer == OrgRole::Owner;
    let chosen = now.unwrap_or(OrgRole::Member);
    let roles = OrgRole::ALL.into_iter().filter(may);
    let roles = roles.map(|role| (role.to_string(), role.to_string(), role == chosen));
    let role =
        select(format!("role-{of}"), "role".to_owned(), plain("Role in the organization"), options(roles));
    let product = |product: &ProductChoice| {
        let has = in_products.iter().find(|(id, _)| *id == product.id).map(|(_, role)| *role);
        let none = ("none".to_owned(), "No access".to_owned(), has.is_none());
        let roles =
            ProductRole::ALL.into_iter().map(|role| (role.to_string(), role.to_string(), has == Some(role)));
        let label = vec![plain("Role in "), name(product.name.clone())].into_any();
        let id = format!("role-{of}-{}", product.id);
        select(id, format!("role_in_{}", product.id), label, options(std::iter::once(none).chain(roles)))
    };
    (role, products.iter().map(product).collect())
}

fn select(id: String, name: String, label: AnyView, options: Vec<AnyView>) -> AnyView {
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select class="input" id=id name=name>
                {options}
            </select>
        </div>
    }
    .into_any()
}
