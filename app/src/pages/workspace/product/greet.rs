//! The first steps of a new product.

use leptos::prelude::*;

use crate::components::{
    button::{Button, link_button},
    icon::{Glyph, Icon},
    page::Section,
};
use types::{paths, work_item::Greeting};

/// Greets with three steps, of which some may be done.
#[component]
pub(crate) fn Greet(
    /// The steps that are done.
    greeting: Greeting,
    /// The organization's slug.
    organization: String,
    /// Opens `Share`.
    share: RwSignal<bool>,
) -> impl IntoView {
    let Greeting { connected, called, invited } = greeting;
    let apps = paths::apps(&organization);
    let steps = vec![
        step(
            1,
            connected,
            "Connect an app",
            "Give an AI tool or a program the address of this workspace.",
            view! { <Button label="Share" glyph=Glyph::Share on_click=move |()| share.set(true) /> }
                .into_any(),
        ),
        step(
            2,
            called,
            "See its first call arrive",
            "Every call is checked, and counted under Apps.",
            link_button("", apps, "Open Apps"),
        ),
        step(
            3,
            invited,
            "Invite people",
            "Each gets a role, and connects apps of their own.",
            link_button("", paths::members(&organization), "Invite"),
        ),
    ];
    view! {
        <Section id="first-steps" title="First steps" class="card greeting">
            <ol class="steps" role="list">
                {steps}
            </ol>
        </Section>
    }
    .into_any()
}

fn step(number: u32, done: bool, title: &'static str, about: &'static str, action: AnyView) -> AnyView {
    let mark = if done {
        view! {
            <Icon glyph=Glyph::Check />
            <span class="visually-hidden">"Done"</span>
        }
        .into_any()
    } else {
        view! { <span aria-hidden="true">{number.to_string()}</span> }.into_any()
    };
    view! {
        <li class="step" class:step-done=done>
            <span class="step-mark">{mark}</span>
            <span class="step-text">
                <span class="cell-main">{title}</span>
                <span class="cell-note">{about}</span>
            </span>
            {(!done).then_some(action)}
        </li>
    }
    .into_any()
}
