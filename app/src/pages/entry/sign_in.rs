//! `/sign-in`: a plain form, complete without JavaScript.

use leptos::prelude::*;

use crate::{
    api::sign_in_page,
    components::{
        field::{Field, error_id, hidden},
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
    let SignInForm { next, email, error, demo, empty, sign_up } = form;
    let invalid = error.is_some().then_some("true");
    // Whoever tried before types the password again.
    let again = !email.is_empty();
    let to = next.clone();
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
            <p class="narrow-foot">
                <a href=paths::FORGOT>"Forgot your password?"</a>
                {sign_up.then(|| view! { <a href=paths::SIGN_UP>"Create an account"</a> }.into_any())}
            </p>
            {empty.then(|| view! { <NobodyYet /> })}
            {demo.map(|demo| view! { <Demo demo next=to /> })}
        </div>
    }
    .into_any()
}

/// The way to the first account.
#[component]
fn NobodyYet() -> impl IntoView {
    view! {
        <section class="demo" aria-labelledby="nobody">
            <h2 id="nobody">"Nobody has an account yet"</h2>
            <p>
                "When it starts, the server prints a link that makes the first one. It is open for an hour: start the server                 again for a new one, or run " <code>"gatepass user create --admin"</code> "."
            </p>
        </section>
    }
    .into_any()
}

/// The people of the demo workspace, each a button that signs in.
#[component]
fn Demo(demo: DemoHint, next: String) -> impl IntoView {
    view! {
        <section class="demo" aria-labelledby="demo">
            <h2 id="demo">"Demo workspace"</h2>
            <p>"Choose one of these people. All have the password " <code>{demo.password.clone()}</code> "."</p>
            <ul role="list" class="demo-people">
                {demo
                    .people
                    .into_iter()
                    .map(|(email, role)| {
                        let fields = [("email", &email), ("password", &demo.password), ("next", &next)];
                        let fields = fields.map(|(name, value)| (name.to_owned(), value.clone())).to_vec();
                        view! {
                            <li>
                                <form method="post" action=paths::SIGN_IN>
                                    {hidden(fields)}
                                    <button type="submit" class="demo-person">
                                        <strong>{email.clone()}</strong>
                                        <span>{role}</span>
                                    </button>
                                </form>
                            </li>
                        }
                        .into_any()
                    })
                    .collect::<Vec<_>>()}
            </ul>
        </section>
    }
    .into_any()
}
