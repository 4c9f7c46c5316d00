//! The permissions that the app asked for, one checkbox each.

use leptos::{html, prelude::*};

use super::choice::Choice;
use crate::components::{
    icon::{Glyph, Icon},
    permission::permission_head,
};
use types::{
    consent::ConsentPage,
    scope::{AccessLevel, Resource, Scope, ScopeSet},
};

/// The requested permissions, grouped by the resource that they open.
#[component]
pub(crate) fn Permissions(
    /// The choice.
    choice: Choice,
    /// The scopes that the app asked for, expanded.
    requested: ScopeSet,
) -> impl IntoView {
    let more_than_read = requested.iter().any(|scope| scope.level != AccessLevel::Read);
    view! {
        <div class="permissions-head">
            <h2>"Permissions"</h2>
            {more_than_read
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="button button-small needs-js"
                            on:click=move |_| choice.read_only()
                        >
                            <Icon glyph=Glyph::Eye />
                            "Read only"
                        </button>
                    }
                })}
        </div>
        {requested.resources().map(|resource| view! { <Group choice resource scopes=requested.of_resource(resource) /> }.into_any()).collect::<Vec<_>>()}
    }
    .into_any()
}

#[component]
fn Group(choice: Choice, resource: Resource, scopes: ScopeSet) -> impl IntoView {
    view! {
        <fieldset class="permissions">
            <legend>{resource.label()}</legend>
            {scopes.iter().map(|scope| view! { <Permission choice scope /> }.into_any()).collect::<Vec<_>>()}
        </fieldset>
    }
    .into_any()
}

#[component]
fn Permission(choice: Choice, scope: Scope) -> impl IntoView {
    let raw = scope.to_string();
    let id = raw.replace(':', "-");
    let about = format!("{id}-about");
    let refusal = move || ConsentPage::refusal(choice.role(), scope);
    let brought = move || choice.bringer(scope).map(|other| format!("Comes with {}.", other.label()));
    // As a plain form nothing can unlock a checkbox again, so there only the role locks.
    let locked = move || refusal().is_some() || (choice.live.get() && choice.bringer(scope).is_some());
    let ticked = move || choice.ticked().contains(scope);
    let element = NodeRef::<html::Input>::new();
    Effect::new(move |taken_over: Option<bool>| {
        let Some(input) = element.get() else { return false };
        let wanted = ticked();
        if taken_over == Some(true) {
            input.set_checked(wanted);
        } else if !input.disabled() && input.checked() != wanted {
            // The person may have decided before the page came to life: that counts.
            choice.set(scope, input.checked());
        }
        true
    });
    view! {
        <div class="permission">
            <input
                type="checkbox"
                id=id.clone()
                name="scope"
                value=raw
                checked=untrack(ticked)
                disabled=locked
                aria-describedby=about.clone()
                node_ref=element
                on:change=move |event| choice.set(scope, event_target_checked(&event))
            />
            <div>
                {permission_head(scope, id)}
                <p class="permission-about" id=about>
                    {scope.sentence()}
                    <span class="permission-reason">
                        {move || refusal().or_else(brought).map(|reason| format!(" {reason}"))}
                    </span>
                </p>
            </div>
        </div>
    }
    .into_any()
}
