//! Pages for people who come in: complete without JavaScript.

pub(crate) mod invite;
pub(crate) mod links;
pub(crate) mod set_up;
pub(crate) mod sign_in;

use leptos::prelude::*;

use crate::components::{
    form::{FormState, Input},
    icon::{Glyph, Icon},
    inside::AnyChildren,
    title::PageTitle,
};
use types::account::{NAME_MAX, PASSWORD_MIN};

/// A narrow page with one thing to do.
#[component]
fn Narrow(
    /// Its heading.
    #[prop(into)]
    heading: String,
    /// A few words below it.
    #[prop(optional_no_strip)]
    about: Option<AnyView>,
    /// The thing.
    children: AnyChildren,
) -> impl IntoView {
    view! {
        <PageTitle text=format!("{heading} · Gatepass") />
        <div class="narrow">
            <h1>{heading}</h1>
            {about.map(|about| view! { <p class="narrow-about">{about}</p> }.into_any())}
            {children.0}
        </div>
    }
    .into_any()
}

/// In the place of a page whose link opens nothing.
fn void(what: &'static str, way_on: (&'static str, &'static str)) -> AnyView {
    let (href, label) = way_on;
    view! {
        <PageTitle text="Link not valid · Gatepass" />
        <div class="notice">
            <span class="empty-icon"><Icon glyph=Glyph::Warning /></span>
            <h1>"This link is not valid"</h1>
            <p>{what}</p>
            <div class="empty-action"><a class="button" href=href>{label}</a></div>
        </div>
    }
    .into_any()
}

/// The fields of a new account. `email` is given where a link says which.
fn account_fields(form: FormState, email: Option<String>) -> Vec<AnyView> {
    let address = match email {
        Some(email) => view! {
            <div class="field">
                <span class="field-label">"Email"</span>
                <strong>{email.clone()}</strong>
                <input type="hidden" name="email" autocomplete="username" value=email />
            </div>
        }
        .into_any(),
        None => form.input(Input {
            name: "email",
            label: "Email",
            kind: "email",
            complete: "username",
            ..Input::default()
        }),
    };
    vec![
        form.input(Input {
            name: "name",
            label: "Name",
            complete: "name",
            focus: true,
            max: Some(NAME_MAX),
            ..Input::default()
        }),
        address,
        new_password(form, "password", "Password"),
    ]
}

/// A field for a password that is chosen.
pub(crate) fn new_password(form: FormState, name: &'static str, label: &'static str) -> AnyView {
    const HINT: &str = "At least 10 characters. A few words in a row are easy to remember.";
    const _: () = assert!(PASSWORD_MIN == 10, "the hint says so");
    form.input(Input {
        name,
        label,
        kind: "password",
        hint: HINT,
        complete: "new-password",
        ..Input::default()
    })
}
