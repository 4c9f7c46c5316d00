//! `/`: leads to the first product of the person.

use leptos::prelude::*;
use leptos_router::components::Redirect;
use types::paths;

use crate::components::{
    button::link_button,
    failure::ToSignIn,
    icon::{Glyph, Icon},
    navbar::FrameResource,
    title::PageTitle,
};

/// Leads to the first product of the person, or says that there is none.
#[component]
pub(crate) fn Home(
    /// The person who is here, and the products that they may open.
    frame: FrameResource,
) -> impl IntoView {
    frame.shown(|frame| match frame.home() {
        _ if frame.viewer.is_none() => view! { <ToSignIn /> }.into_any(),
        Some(path) => view! { <Redirect path /> }.into_any(),
        None => view! { <Nothing may_create=frame.may_create /> }.into_any(),
    })
}

#[component]
fn Nothing(may_create: bool) -> impl IntoView {
    let way = if may_create {
        view! {
            <p>"You are in no product. Make an organization with its first product, or ask for an invitation to one."</p>
            <div class="empty-action">
                {link_button("button-primary", paths::NEW_ORGANIZATION.to_owned(), "New organization")}
            </div>
        }
        .into_any()
    } else {
        view! {
            <p>
                "You are in no product. Ask an owner or admin of your organization for a role in one, or for an invitation."
            </p>
        }
        .into_any()
    };
    view! {
        <PageTitle text="Gatepass" />
        <div class="notice">
            <span class="empty-icon"><Icon glyph=Glyph::List /></span>
            <h1>"No product yet"</h1>
            {way}
        </div>
    }
    .into_any()
}
