//! A page that could not be loaded.

use leptos::prelude::*;
use leptos_router::{components::Redirect, hooks::use_location};

use super::{
    button::Button,
    icon::{Glyph, Icon},
    title::PageTitle,
};
use types::{failure::Failure, paths};

/// Says what went wrong instead of a page, and offers what helps: signing in, another try, or the way home.
#[component]
pub(crate) fn FailurePage(
    /// The failure.
    failure: Failure,
    /// Tries again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    let title = match &failure {
        Failure::SignedOut => return view! { <ToSignIn /> }.into_any(),
        Failure::NotFound => "Page not found",
        Failure::Forbidden(_) => "Not allowed",
        Failure::Invalid { .. }
        | Failure::TooMany
        | Failure::Malformed
        | Failure::Unavailable
        | Failure::Transport => "This page could not be loaded",
    };
    let again = failure.may_pass();
    view! {
        <PageTitle text=format!("{title} · Gatepass") />
        <div class="notice">
            <span class="empty-icon"><Icon glyph=Glyph::Warning /></span>
            <h1>{title}</h1>
            <p role="alert">{failure.to_string()}</p>
            <div class="empty-action">
                {if again {
                    view! {
                        <button type="button" class="button" on:click=move |_| retry.run(())>
                            "Try again"
                        </button>
                    }
                        .into_any()
                } else {
                    view! { <a class="button" href="/">"Go to the start page"</a> }.into_any()
                }}
            </div>
        </div>
    }
    .into_any()
}

/// Says what went wrong instead of a part of a page, and offers another try where that helps.
#[component]
pub(crate) fn FailureNote(
    /// The failure.
    failure: Failure,
    /// Tries again.
    retry: Callback<()>,
) -> impl IntoView {
    if failure == Failure::SignedOut {
        return view! { <ToSignIn /> }.into_any();
    }
    view! {
        <p class="alert" role="alert">{failure.to_string()}</p>
        {failure.may_pass().then(|| view! { <div><Button label="Try again" on_click=retry /></div> }.into_any())}
    }
    .into_any()
}

/// Leads to the sign-in page, and from there back to where the person was going.
#[component]
pub(crate) fn ToSignIn() -> impl IntoView {
    view! { <Redirect path=to_sign_in() /> }
}

/// The address of the sign-in page that leads back to where the person is.
pub(crate) fn to_sign_in() -> String {
    paths::sign_in_then(&here())
}

/// The path with its query where the person is.
pub(crate) fn here() -> String {
    let location = use_location();
    let path = location.pathname.get_untracked();
    match location.search.get_untracked() {
        query if query.is_empty() => path,
        query => format!("{path}?{query}"),
    }
}
