//! `/settings/profile`: name, address, password.

use leptos::prelude::*;

use crate::pages::tabs::account_tabs;
use crate::{
    api::profile,
    components::{
        form::{FormState, Input, PostForm},
        load::PageResource,
        page::{Page, Section, callout},
        text::plain,
    },
    pages::entry::{links::revoke_too, new_password},
};
use types::{
    account::{MailWay, NAME_MAX, ProfilePage},
    form::Form,
    paths,
};

/// The person's own account.
#[component]
pub(crate) fn Profile() -> impl IntoView {
    let page = PageResource::new(String::new, profile);
    page.shown(|page| view! { <Account page /> }.into_any())
}

#[component]
fn Account(page: ProfilePage) -> impl IntoView {
    let ProfilePage { name, email, new_email, mail } = page;
    let rename = FormState::new(Form::ChangeName, Vec::new());
    let address = FormState::new(Form::ChangeEmail, Vec::new());
    let password = FormState::new(Form::ChangePassword, Vec::new());
    let delete = FormState::new(Form::DeleteAccount, Vec::new());
    let current = |form: FormState, label| {
        form.input(Input {
            name: "password",
            label,
            kind: "password",
            complete: "current-password",
            ..Input::default()
        })
    };
    let waiting = new_email.map(|email| {
        callout(vec![plain(format!("{email} waits for you to open the link in the mail that went there."))])
    });
    let kept = (mail == MailWay::Kept).then(|| {
        callout(vec![plain(
            "This server sends no mail. The link lies in the folder mail of its data: ask who runs it.",
        )])
    });
    view! {
        <Page title="Profile".to_owned() heading=plain("Profile") about=plain("Your account on this server.")>
            {account_tabs(paths::PROFILE)}
            <Section id="name" title="Name" class="card">
                <PostForm state=rename class="line-form">
                    {rename
                        .input(Input {
                            name: "name",
                            label: "Name",
                            first: name,
                            complete: "name",
                            max: Some(NAME_MAX),
                            ..Input::default()
                        })}
                    {rename.submit("Save name", "button-primary")}
                </PostForm>
            </Section>
            <Section id="email" title="E-mail address" class="card">
                <p class="section-about">"You sign in with " <strong>{email}</strong> "."</p>
                {waiting}
                <PostForm state=address>
                    {address
                        .input(Input {
                            name: "email",
                            label: "New address",
                            kind: "email",
                            complete: "email",
                            ..Input::default()
                        })}
                    {current(address, "Current password")}
                    {kept}
                    <div>{address.submit("Change address", "")}</div>
                </PostForm>
            </Section>
            <Section id="password" title="Password" class="card">
                <PostForm state=password>
                    {current(password, "Current password")}
                    {new_password(password, "new_password", "New password")}
                    {revoke_too()}
                    <p class="section-about">"You are signed out everywhere else."</p>
                    <div>{password.submit("Change password", "")}</div>
                </PostForm>
            </Section>
            <Section id="danger" title="Danger zone" class="danger">
                <div class="section-action">
                    <PostForm state=delete class="">{delete.submit("Delete account", "button-danger")}</PostForm>
                    <p class="section-about">
                        "Your apps, your access and your memberships end permanently. What you made in products stays."
                    </p>
                </div>
            </Section>
        </Page>
    }
    .into_any()
}
