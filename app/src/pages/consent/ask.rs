//! The question itself: who asks, for what, and the two answers.

use leptos::{ev::KeyboardEvent, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlInputElement};

use super::{choice::Choice, identity::Identity, permissions::Permissions, picker::Picker};
use crate::components::{
    account::AccountChip,
    icon::{Glyph, Icon},
    page::callout,
    text::plain,
    time::Ago,
    title::PageTitle,
};
use types::{
    consent::{ConsentPage, EarlierAccess, RedirectTarget},
    paths,
};

/// Asks the person. Complete as a plain form.
#[component]
pub(crate) fn Ask(
    /// The request.
    page: ConsentPage,
) -> impl IntoView {
    let choice = Choice::new(page.clone());
    let ConsentPage {
        handle,
        csrf,
        app,
        earlier,
        replaceable,
        email,
        products,
        requested,
        offline,
        redirect,
        problem,
        ..
    } = page;
    let now = app.now;
    let name = app.name.clone();
    let changed = app.changed_at.map(|at| (app.now, at));
    let live = choice.live;
    // A list of products takes over by itself, after it has read what was chosen in it.
    if products.len() == 1 {
        Effect::new(move |_| live.set(true));
    }
    let nothing = move || live.get() && choice.ticked().is_empty();
    view! {
        <PageTitle text=format!("Authorize {name}") />
        <div class="consent">
            <h1>"Authorize " <bdi>{name.clone()}</bdi></h1>
            <Identity app />
            <AccountChip email handle=handle.clone() />
            {changed.map(|(now, at)| view! { <Changed now at /> })}
            {problem.map(|problem| view! { <p class="alert" role="alert">{problem}</p> })}
            <form
                class="consent-form"
                method="post"
                action=paths::CONSENT_POST
                autocomplete="off"
                on:keydown=no_answer_by_enter
            >
                // Enter in a field would press the first button: this one does nothing.
                <button type="submit" disabled hidden></button>
                <input type="hidden" name="handle" value=handle />
                <input type="hidden" name="csrf" value=csrf />
                <Picker choice products />
                <Permissions choice requested />
                <p class="consent-none" aria-live="polite">
                    {move || nothing().then_some("Tick at least one permission to authorize.")}
                </p>
                <Terms name offline redirect />
                {(!earlier.is_empty()).then(|| view! { <Earlier now earlier replaceable /> })}
                <div class="consent-answer">
                    <button type="submit" class="button button-large" name="decision" value="deny">"Cancel"</button>
                    <button
                        type="submit"
                        class="button button-primary button-large"
                        name="decision"
                        value="approve"
                        disabled=nothing
                    >
                        "Authorize"
                    </button>
                </div>
            </form>
            <p class="consent-later">
                "You can change or revoke this in "
                <a href=move || {
                    choice.chosen().map(|product| paths::apps(&product.organization_slug))
                }>"Connected Apps"</a> "."
            </p>
        </div>
    }
    .into_any()
}

/// The app is not what the person let in before.
#[component]
fn Changed(now: i64, at: i64) -> impl IntoView {
    callout(vec![
        plain(
            "This app changed its name or website, or where it sends people, since you last authorized it (",
        ),
        view! { <Ago now at /> }.into_any(),
        plain("). Authorize it only if you expected that."),
    ])
}

/// The access that the app has already, and whether that ends with this.
#[component]
fn Earlier(now: i64, earlier: Vec<EarlierAccess>, replaceable: bool) -> impl IntoView {
    let lines = earlier
        .into_iter()
        .map(|EarlierAccess { organization, product, since, scopes }| {
            view! {
                <li>
                    "Already has access to " <bdi>{organization}</bdi> " / " <bdi>{product}</bdi> ", given "
                    <Ago now at=since /> {format!(" ({})", scopes.to_string().replace(' ', ", "))}
                </li>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    let replace = replaceable.then(|| {
        view! {
            <label class="consent-replace">
                <input type="checkbox" name="replace" value="yes" aria-describedby="replace-hint" />
                "Replace earlier access"
            </label>
            <p class="field-hint" id="replace-hint">
                "Ends the access that it already has to the same product, on all your devices."
            </p>
        }
    });
    view! {
        <div class="consent-earlier">
            <ul role="list">{lines}</ul>
            {replace}
        </div>
    }
    .into_any()
}

/// The terms that the person agrees to beside, and the address that the answer goes to.
#[component]
fn Terms(name: String, offline: bool, redirect: RedirectTarget) -> impl IntoView {
    let RedirectTarget { host, uri, local } = redirect;
    view! {
        <ul class="terms" role="list">
            {offline
                .then(|| {
                    view! {
                        <li>
                            <Icon glyph=Glyph::Clock />
                            <span><bdi>{name}</bdi> " can keep working while you are away."</span>
                        </li>
                    }
                })}
            <li>
                <Icon glyph=Glyph::Leave />
                <span>"You will be returned to " <strong title=uri>{host}</strong></span>
            </li>
            {local
                .then(|| {
                    view! {
                        <li class="terms-warning">
                            <Icon glyph=Glyph::Laptop />
                            <span>
                                "This app runs on your computer. Continue only if you started it just now."
                            </span>
                        </li>
                    }
                })}
        </ul>
    }
    .into_any()
}

/// Chromium passes over the disabled first button when Enter is pressed on a checkbox, and would cancel.
fn no_answer_by_enter(event: KeyboardEvent) {
    let on_checkbox = event.target().is_some_and(|target| target.dyn_ref::<HtmlInputElement>().is_some());
    if on_checkbox && event.key() == "Enter" {
        event.prevent_default();
    }
}
