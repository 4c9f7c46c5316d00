//! Buttons that do something in the page, and links that look like them.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// A button for what needs the application in the browser.
#[component]
pub(crate) fn Button(
    /// Its label, which says what it does.
    label: &'static str,
    /// More about it for those who do not see where it stands.
    #[prop(optional, into)]
    about: Option<String>,
    /// An icon before the words.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// Its further classes.
    #[prop(default = "")]
    class: &'static str,
    /// Says if it does nothing now. It keeps the focus, and its words say why.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Does it.
    #[prop(into)]
    on_click: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=format!("button needs-js {class}")
            aria-label=about
            aria-disabled=move || disabled.get().then_some("true")
            on:click=move |_| {
                if !disabled.get_untracked() {
                    on_click.run(());
                }
            }
        >
            {glyph.map(|glyph| view! { <Icon glyph /> }.into_any())}
            {label}
        </button>
    }
    .into_any()
}

/// The button that sends a form. It comes to life with the page, so that nothing is sent past the application.
#[component]
pub(crate) fn SubmitButton(
    /// Its label, which says what it does.
    label: &'static str,
    /// Says if it is being done.
    #[prop(into)]
    busy: Signal<bool>,
) -> impl IntoView {
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    view! {
        <button
            type="submit"
            class="button button-primary"
            disabled=move || !alive.get()
            aria-disabled=move || busy.get().then_some("true")
        >
            {label}
        </button>
    }
    .into_any()
}

/// A button that opens a small box over the page: the browser's own popover, so that it works without the application too.
pub(crate) fn popup(id: String, label: &'static str, about: String, content: AnyView) -> AnyView {
    let heading = about.clone();
    view! {
        <button type="button" class="button button-small" aria-label=about.clone() popovertarget=id.clone()>
            {label}
        </button>
        <div class="popup" id=id popover="auto" role="dialog" aria-label=about>
            <h2>{heading}</h2>
            {content}
        </div>
    }
    .into_any()
}

/// A link that looks like a button.
pub(crate) fn link_button(class: &'static str, href: String, label: &'static str) -> AnyView {
    view! { <a class=format!("button {class}") href=href>{label}</a> }.into_any()
}
