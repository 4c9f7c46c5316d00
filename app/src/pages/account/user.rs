//! `/admin/users/{id}`: one person, what they own, and what may be done.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::users::status;
use crate::{
    api::admin_user,
    components::{
        form::{FormState, PostForm},
        format::counted,
        load::PageResource,
        page::{Page, Section, facts},
        text::{main, name, note, plain, quiet},
        time::{ago_or_never, day_of},
    },
    wire::Failed,
};
use types::{failure::Failure, form::Form, paths, people::UserPage};

/// One person.
#[component]
pub(crate) fn AdminUser() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let page = PageResource::new(id, move || {
        let id = untrack(id);
        async move { admin_user(id.parse().map_err(|_| Failed(Failure::NotFound))?).await }
    });
    page.shown(|page| view! { <Person page /> }.into_any())
}

#[component]
fn Person(page: UserPage) -> impl IntoView {
    let UserPage { user, own, organizations, grants, sessions, now } = page;
    let disabled = user.disabled_at.is_some();
    let memberships: Vec<_> = organizations
        .into_iter()
        .flat_map(|(organization, slug, role)| {
            [main(name(organization)), note(plain(format!("/o/{slug}, {role}")))]
        })
        .collect();
    let known = facts(vec![
        ("Email", plain(user.email)),
        ("Status", status(disabled)),
        ("Administers", plain(if user.instance_admin { "This instance" } else { "No" })),
        ("Joined", day_of(user.created_at)),
        ("Last seen", ago_or_never(now, user.last_seen_at)),
        ("Sessions", plain(counted(sessions, "session", "sessions"))),
        ("Organizations", if memberships.is_empty() { quiet("None") } else { memberships.into_any() }),
        ("Registered apps", plain(counted(user.apps.unsigned_abs(), "app", "apps"))),
        ("Connected apps", plain(counted(grants, "grant", "grants"))),
    ]);
    let id = user.id.to_string();
    let button = |form: Form, label: &'static str, class: &'static str, about: &'static str| {
        let state = FormState::new(form, vec![("user", id.clone())]);
        view! {
            <div class="section-action">
                <PostForm state class="">{state.submit(label, class)}</PostForm>
                <p class="section-about">{about}</p>
            </div>
        }
        .into_any()
    };
    let mut actions = vec![button(
        Form::ResetUser,
        "Reset password",
        "",
        "Makes a link that sets a new password once. Their password works until they use it.",
    )];
    if user.instance_admin {
        actions.push(button(
            Form::UnmakeAdmin,
            "Remove admin",
            "",
            "They no longer administer this instance.",
        ));
    } else {
        actions.push(button(
            Form::MakeAdmin,
            "Make admin",
            "",
            "They can see, block and delete every app, account and organization.",
        ));
    }
    if !own {
        actions.push(if disabled {
            button(Form::EnableUser, "Enable", "", "They can sign in again.")
        } else {
            button(
                Form::DisableUser,
                "Disable",
                "button-danger",
                "They cannot sign in, and calls of their apps are refused.",
            )
        });
        actions.push(button(
            Form::DeleteUser,
            "Delete account",
            "button-danger",
            "Their apps, access and memberships end permanently.",
        ));
    }
    view! {
        <Page
            title=user.name.clone()
            heading=name(user.name)
            back=(paths::ADMIN_USERS.to_owned(), "Users")
        >
            <Section id="facts" title="Account" class="card">
                {known}
            </Section>
            <Section id="danger" title="Actions" class="danger">
                {actions}
            </Section>
        </Page>
    }
    .into_any()
}
