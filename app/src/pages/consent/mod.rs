//! `/consent/{handle}`: a person decides about an authorization request.

mod ask;
mod choice;
mod identity;
mod permissions;
mod picker;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    api::consent,
    components::{
        account::AccountChip,
        icon::{Glyph, Icon},
        load::PageResource,
        query::use_query,
        title::PageTitle,
    },
};
use types::consent::{ConsentView, RequestEnd};

use ask::Ask;

/// The request as the person should see it, in each of its states.
#[component]
pub(crate) fn ConsentScreen() -> impl IntoView {
    let params = use_params_map();
    let query = use_query();
    let request = move || {
        let handle = params.with(|params| params.get("handle").unwrap_or_default());
        query.with(|query| (handle, query.get("product"), query.get("problem")))
    };
    let view = PageResource::new(
        move || format!("{:?}", request()),
        move || {
            let (handle, product, problem) = untrack(request);
            consent(handle, product, problem)
        },
    );
    view.shown(|view| match view {
        ConsentView::Ask(page) => view! { <Ask page=*page /> }.into_any(),
        ConsentView::NoProduct { app, email, handle } => view! { <NoProduct app email handle /> }.into_any(),
        ConsentView::Gone { app, end, return_to } => view! { <Gone app end return_to /> }.into_any(),
    })
}

/// The person has nothing that the app could get access to.
#[component]
fn NoProduct(app: String, email: String, handle: String) -> impl IntoView {
    view! {
        <PageTitle text=format!("Authorize {app}") />
        <div class="notice">
            <span class="empty-icon"><Icon glyph=Glyph::Plug /></span>
            <h1>"Authorize " <bdi>{app.clone()}</bdi></h1>
            <p>
                "You are not a member of any product, so there is nothing to give " <bdi>{app}</bdi>
                " access to. Ask the owner of your organization to add you, then start again from the app."
            </p>
            <AccountChip email handle />
        </div>
    }
    .into_any()
}

/// The request is over, or was never for this browser.
#[component]
fn Gone(app: Option<String>, end: RequestEnd, return_to: Option<String>) -> impl IntoView {
    let name = app.unwrap_or_else(|| "the app".to_owned());
    let why = match end {
        RequestEnd::Unknown => "It has expired, was already answered, or was started in another browser.",
        RequestEnd::Expired => "It has expired.",
        RequestEnd::Answered => "It was already answered.",
        RequestEnd::Blocked => "An administrator blocked the app.",
        RequestEnd::Disabled => "The app was switched off.",
        RequestEnd::Changed => "The app changed after it asked.",
        RequestEnd::Superseded => "Newer requests took its place.",
    };
    view! {
        <PageTitle text="Request no longer open · Gatepass" />
        <div class="notice">
            <span class="empty-icon"><Icon glyph=Glyph::Clock /></span>
            <h1>"This request is no longer open"</h1>
            <p>
                {why} " To give " <bdi>{name.clone()}</bdi> " access, start again from there."
            </p>
            {return_to
                .map(|href| {
                    view! {
                        <div class="empty-action">
                            <a class="button" href=href rel="external noreferrer">
                                "Return to " <bdi>{name}</bdi>
                            </a>
                        </div>
                    }
                })}
        </div>
    }
    .into_any()
}
