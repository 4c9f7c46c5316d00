//! `/o/{org}/settings/products`: the products of an organization.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::tabs::{Tab, settings_tabs};
use crate::{
    api::products,
    components::{
        button::popup,
        empty::Empty,
        form::{FormState, Input, PostForm},
        format::grouped,
        icon::Glyph,
        load::PageResource,
        page::{Page, Section},
        table::{Table, cell, row},
        text::{link, main, name, note, plain},
        time::day_of,
    },
};
use types::{
    account::NAME_MAX,
    form::Form,
    paths,
    slug::SLUG_MAX,
    workspace::{ProductRow, ProductsPage},
};

/// The products of an organization.
#[component]
pub(crate) fn Products() -> impl IntoView {
    let params = use_params_map();
    let organization = move || params.with(|params| params.get("org").unwrap_or_default());
    let page = PageResource::new(organization, move || products(untrack(organization)));
    page.shown(move |page| view! { <List page slug=untrack(organization) /> }.into_any())
}

#[component]
fn List(page: ProductsPage, slug: String) -> impl IntoView {
    let ProductsPage { organization, manages, products, .. } = page;
    let list = if products.is_empty() {
        view! {
            <Empty glyph=Glyph::List title="No products yet" sentence="A product is a space with its own data. Apps get access to one at a time.">
                ""
            </Empty>
        }
        .into_any()
    } else {
        let mut columns = vec!["Name", "Members", "Apps", "Made"];
        if manages {
            columns.push("Actions");
        }
        let rows = products.into_iter().map(|product| product_row(product, &slug, manages)).collect();
        view! { <Table label="Products" columns rows /> }.into_any()
    };
    let new = manages.then(|| {
        let form = FormState::new(Form::CreateProduct, vec![("organization", slug.clone())]);
        let field = Input { name: "name", label: "Name", max: Some(NAME_MAX), ..Input::default() };
        view! {
            <Section id="new-product" title="New product" class="card">
                <PostForm state=form class="line-form">
                    {form.input(field)}
                    {form.submit("Create product", "button-primary")}
                </PostForm>
            </Section>
        }
        .into_any()
    });
    view! {
        <Page
            title="Products".to_owned()
            heading=plain("Products")
            about=vec![plain("Spaces of "), name(organization), plain(" that hold its data.")].into_any()
        >
            {settings_tabs(&slug, Tab::Products)}
            {list}
            {new}
        </Page>
    }
    .into_any()
}

fn product_row(product: ProductRow, organization: &str, manages: bool) -> AnyView {
    let ProductRow { name: called, slug, created_at, members, grants, .. } = product;
    let page = paths::product(organization, &slug);
    let mut cells = vec![
        cell("Name", vec![main(link(page.clone(), name(called.clone()))), note(plain(page))].into_any()),
        cell("Members", plain(grouped(members.unsigned_abs()))),
        cell("Apps", plain(grouped(grants.unsigned_abs()))),
        cell("Made", day_of(created_at)),
    ];
    if manages {
        cells.push(cell("Actions", actions(called, slug, organization)));
    }
    row(false, cells)
}

fn actions(called: String, slug: String, organization: &str) -> AnyView {
    let fixed = || vec![("organization", organization.to_owned()), ("product", slug.clone())];
    let change = FormState::new(Form::ChangeProduct, fixed());
    let delete = FormState::new(Form::DeleteProduct, fixed());
    let fields = vec![
        change.input(Input {
            name: "name",
            label: "Name",
            first: called.clone(),
            max: Some(NAME_MAX),
            ..Input::default()
        }),
        change.input(Input {
            name: "slug",
            label: "Address",
            first: slug.clone(),
            hint: "The old address leads here for 90 days.",
            max: Some(SLUG_MAX),
            ..Input::default()
        }),
    ];
    let form = view! {
        <PostForm state=change>
            {fields}
            {change.submit("Save", "button-primary")}
        </PostForm>
    };
    let rename = popup(format!("rename-{slug}"), "Rename", format!("Rename {called}"), form.into_any());
    view! {
        <div class="row-actions">
            {rename}
            <PostForm state=delete class="">
                {delete.submit_about("Delete", "button-small button-danger", Some(format!("Delete {called}")))}
            </PostForm>
        </div>
    }
    .into_any()
}
