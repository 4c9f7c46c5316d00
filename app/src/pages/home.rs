//! `/`: leads to the first product of the person.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;

use crate::components::{
    empty::Loading,
    failure::{FailurePage, ToSignIn},
    icon::{Glyph, Icon},
    navbar::FrameResource,
};

/// Leads to the first product of the person, or says that there is none.
#[component]
pub(crate) fn Home(
    /// Who is here, and what they may open.
    frame: FrameResource,
) -> impl IntoView {
    view! {
        <Suspense fallback=Loading>
            {move || Suspend::new(async move {
                match frame.await {
                    Err(failure) => view! { <FailurePage failure retry=move |()| frame.refetch() /> }.into_any(),
                    Ok(frame) if frame.viewer.is_none() => view! { <ToSignIn /> }.into_any(),
                    Ok(frame) => {
                        match frame.home() {
                            Some(path) => view! { <Redirect path /> }.into_any(),
                            None => view! { <Nothing /> }.into_any(),
                        }
                    }
                }
            })}
        </Suspense>
    }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <Title text="Gatepass" />
        <div class="notice">
            <span class="empty-icon"><Icon glyph=Glyph::List /></span>
            <h1>"No product yet"</h1>
            <p>"You are not a member of any product. Ask the owner of your organization to add you."</p>
        </div>
    }
}
