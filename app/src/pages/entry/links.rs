//! Pages that ask for a link by mail, and those that such links open.

use leptos::prelude::*;

use super::{Narrow, account_fields, new_password, void};
use crate::{
    api::opened_link,
    components::{
        form::{FormState, Input, PostForm},
        load::PageResource,
        query::use_query,
        text::{link, plain},
    },
    pages::{account::named, not_found::NotFound},
};
use types::{
    account::LinkPage,
    form::{Form, YES},
    paths,
};

const OLD: &str = "It was used already, or it is too old.";

/// `/account/{page}`: the page that the address names.
#[component]
pub(crate) fn ByLink() -> impl IntoView {
    named(|page| match page {
        "sign-up" => view! { <SignUp /> }.into_any(),
        "forgot-password" => view! { <Forgot /> }.into_any(),
        "reset-password" => view! { <Reset /> }.into_any(),
        "confirm-email" => view! { <ConfirmEmail /> }.into_any(),
        _ => view! { <NotFound /> }.into_any(),
    })
}

/// `/account/forgot-password`: asks for a link to set a new password.
#[component]
fn Forgot() -> impl IntoView {
    let about = plain(
        "Enter the address that you sign in with. A mail with a link to choose a new password goes there.",
    );
    ask_for_mail(Form::RequestReset, "Forgot your password?", about, "Send link")
}

/// `/account/sign-up`: asks for a link to make an account, or makes it with one.
#[component]
fn SignUp() -> impl IntoView {
    by_link(|token, page| match page {
        LinkPage::SignUp { email } => view! { <NewAccount token email /> }.into_any(),
        _ if token.is_empty() => {
            let about = plain("A mail with a link goes to your address: it proves that it is yours.");
            ask_for_mail(Form::SignUp, "Create an account", about, "Send link")
        }
        _ => void(OLD, (paths::SIGN_UP, "Ask for a new one")),
    })
}

/// `/account/reset-password`: sets a new password.
#[component]
fn Reset() -> impl IntoView {
    by_link(|token, page| match page {
        LinkPage::Reset { email } => view! { <NewPassword token email /> }.into_any(),
        _ => void(OLD, (paths::FORGOT, "Ask for a new one")),
    })
}

/// `/account/confirm-email`: confirms a new address.
#[component]
fn ConfirmEmail() -> impl IntoView {
    by_link(|token, page| match page {
        LinkPage::Email { email } => view! { <Confirm token email /> }.into_any(),
        _ => void(OLD, (paths::PROFILE, "Go to your profile")),
    })
}

/// A page that depends on what its link opens.
fn by_link(show: fn(String, LinkPage) -> AnyView) -> AnyView {
    let query = use_query();
    let token = move || query.with(|query| query.get("token").unwrap_or_default());
    let page = PageResource::new(token, move || opened_link(untrack(token)));
    page.shown(move |page| show(untrack(token), page))
}

fn ask_for_mail(which: Form, heading: &'static str, about: AnyView, button: &'static str) -> AnyView {
    let form = FormState::new(which, Vec::new());
    let email = Input {
        name: "email",
        label: "Email",
        kind: "email",
        complete: "username",
        focus: true,
        ..Input::default()
    };
    view! {
        <Narrow heading about=Some(about)>
            <div class="card">
                <PostForm state=form>
                    {form.input(email)}
                    {form.submit(button, "button-primary button-wide")}
                </PostForm>
            </div>
            <p class="narrow-foot">{link(paths::SIGN_IN.to_owned(), plain("Back to sign in"))}</p>
        </Narrow>
    }
    .into_any()
}

#[component]
fn NewAccount(token: String, email: String) -> impl IntoView {
    let form = FormState::new(Form::CompleteSignUp, vec![("token", token)]);
    view! {
        <Narrow heading="Create your account">
            <div class="card">
                <PostForm state=form>
                    {account_fields(form, Some(email))}
                    {form.submit("Create account", "button-primary button-wide")}
                </PostForm>
            </div>
        </Narrow>
    }
    .into_any()
}

#[component]
fn NewPassword(token: String, email: String) -> impl IntoView {
    let form = FormState::new(Form::ResetPassword, vec![("token", token)]);
    view! {
        <Narrow
            heading="Choose a new password"
            about=Some(plain(format!("For {email}. You are signed out everywhere else.")))
        >
            <div class="card">
                <PostForm state=form>
                    <input type="hidden" autocomplete="username" value=email.clone() />
                    {new_password(form, "password", "New password")}
                    {revoke_too()}
                    {form.submit("Change password", "button-primary button-wide")}
                </PostForm>
            </div>
        </Narrow>
    }
    .into_any()
}

/// The choice to end the access of apps with an old password.
pub(crate) fn revoke_too() -> AnyView {
    view! {
        <div class="check-line">
            <input class="check" type="checkbox" id="revoke" name="revoke" value=YES />
            <label for="revoke">"Also revoke the access of all my apps"</label>
        </div>
    }
    .into_any()
}

#[component]
fn Confirm(token: String, email: String) -> impl IntoView {
    let form = FormState::new(Form::ConfirmEmail, vec![("token", token)]);
    view! {
        <Narrow heading="Confirm your address" about=Some(plain(format!("From now on you sign in with {email}.")))>
            <div class="card">
                <PostForm state=form>{form.submit("Confirm", "button-primary button-wide")}</PostForm>
            </div>
        </Narrow>
    }
    .into_any()
}
