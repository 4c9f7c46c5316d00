//! `/sign-in`: a plain form, complete without JavaScript.

use leptos::prelude::*;

use crate::{
    api::sign_in_page,
    components::{
        field::{Field, error_id},
        load::PageResource,
        query::use_query,
        title::PageTitle,
    },
};
use types::{
    paths,
    person::{DemoHint, SignInForm},
};

/// Asks for e-mail and password.
#[component]
pub(crate) fn SignIn() -> impl IntoView {
    let query = use_query();
    let next = move || query.with(|query| query.get("next").unwrap_or_default());
    let form = PageResource::new(next, move || sign_in_page(untrack(next)));
    view! {
        <PageTitle text="Sign in · Gatepass" />
        {form.shown(|form| view! { <Form form /> }.into_any())}
    }
    .into_any()
}

#[component]
fn Form(form: SignInForm) -> impl IntoView {
    let SignInForm { next, email, error, demo } = form;
    let invalid = error.is_some().then_some("true");
    // Whoever tried before types the password again.
    let again = !email.is_empty();
    // The address keeps `next`, so that a failed attempt can be repeated or reloaded.
    let action = if next == "/" { paths::SIGN_IN.to_owned() } else { paths::sign_in_then(&next) };
    view! {
        <div class="narrow">
            <h1>"Sign in to Gatepass"</h1>
            <form class="card stack" method="post" action=action>
                <input type="hidden" name="next" value=next />
                <Field id="email" label="Email">
                    <input
                        class="input"
                        id="email"
                        name="email"
                        type="email"
                        autocomplete="username"
                        autocapitalize="none"
                        spellcheck="false"
                        required
                        autofocus=!again
                        value=email
                        aria-invalid=invalid
                    />
                </Field>
                <Field id="password" label="Password" error=error>
                    <input
                        class="input"
                        id="password"
                        name="password"
                        type="password"
                        autocomplete="current-password"
                        required
                        autofocus=again
                        aria-invalid=invalid
                        aria-describedby=invalid.map(|_| error_id("password"))
                    />
                </Field>
                <button type="submit" class="button button-primary button-wide">"Sign in"</button>
            </form>
            {demo.map(|demo| view! { <Demo demo /> })}
        </div>
    }
    .into_any()
}

#[component]
fn Demo(demo: DemoHint) -> impl IntoView {
    view! {
        <section class="demo" aria-labelledby="demo">
            <h2 id="demo">"Demo workspace"</h2>
            <p>"Sign in as one of these people. All have the password " <code>{demo.password}</code> "."</p>
            <dl>
                {demo
                    .people
                    .into_iter()
                    .map(|(email, role)| {
                        view! {
                            <div>
                                <dt>{email}</dt>
                                <dd>{role}</dd>
                            </div>
                        }
                        .into_any()
                    })
                    .collect::<Vec<_>>()}
            </dl>
        </section>
    }
    .into_any()
}
