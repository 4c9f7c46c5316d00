//! `/`: leads to the first product of the person.

use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::components::{
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
        None => view! { <Nothing /> }.into_any(),
    })
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <PageTitle text="Gatepass" />
        <div class="notice">
            <span class="empty-icon"><Icon glyph=Glyph::List /></span>
            <h1>"No product yet"</h1>
            <p>"You are not a member of any product. Ask the owner of your organization to add you."</p>
        </div>
    }
    .into_any()
}
