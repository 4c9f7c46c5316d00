//! `/o/{org}/settings/general`: the organization itself.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::tabs::{Tab, settings_tabs};
use crate::{
    api::general,
    components::{
        form::{FormState, Input, PostForm},
        format::counted,
        load::PageResource,
        page::{Page, Section},
        text::plain,
        time::day_of,
    },
};
use types::{account::NAME_MAX, form::Form, role::OrgRole, slug::SLUG_MAX, workspace::GeneralPage};

/// The organization itself.
#[component]
pub(crate) fn General() -> impl IntoView {
    let params = use_params_map();
    let organization = move || params.with(|params| params.get("org").unwrap_or_default());
    let page = PageResource::new(organization, move || general(untrack(organization)));
    page.shown(|page| view! { <Settings page /> }.into_any())
}

#[component]
fn Settings(page: GeneralPage) -> impl IntoView {
    let GeneralPage { name, slug, role, members, products, created_at } = page;
    let fixed = || vec![("organization", slug.clone())];
    let change = role.manages().then(|| {
        let form = FormState::new(Form::ChangeOrganization, fixed());
        let address = Input {
            name: "slug",
            label: "Address",
            first: slug.clone(),
            hint: "It stands in every link to this workspace. The old one leads here for 90 days.",
            max: Some(SLUG_MAX),
            ..Input::default()
        };
        let field = Input {
            name: "name",
            label: "Name",
            first: name.clone(),
            max: Some(NAME_MAX),
            ..Input::default()
        };
        view! {
            <Section id="settings" title="Name and address" class="card">
                <PostForm state=form>
                    {form.input(field)}
                    {form.input(address)}
                    <div>{form.submit("Save changes", "button-primary")}</div>
                </PostForm>
            </Section>
        }
        .into_any()
    });
    let leave = FormState::new(Form::LeaveOrganization, fixed());
    let delete = (role == OrgRole::Owner).then(|| {
        let form = FormState::new(Form::DeleteOrganization, fixed());
        danger(
            "All of its products, their data and all access to them are deleted permanently.",
            view! { <PostForm state=form class="">{form.submit("Delete organization", "button-danger")}</PostForm> }
                .into_any(),
        )
    });
    let about = vec![
        plain(format!(
            "{} and {}, since ",
            counted(members, "member", "members"),
            counted(products, "product", "products")
        )),
        day_of(created_at),
        plain(format!(". You are {role}.")),
    ];
    view! {
        <Page title="General".to_owned() heading=crate::components::text::name(name) about=about.into_any()>
            {settings_tabs(&slug, Tab::General)}
            {change}
            <Section id="danger" title="Danger zone" class="danger">
                {danger(
                    "You lose access to all of its products, and so do the apps that you connected.",
                    view! { <PostForm state=leave class="">{leave.submit("Leave organization", "")}</PostForm> }.into_any(),
                )}
                {delete}
            </Section>
        </Page>
    }
    .into_any()
}

fn danger(about: &'static str, button: AnyView) -> AnyView {
    view! { <div class="section-action">{button}<p class="section-about">{about}</p></div> }.into_any()
}
