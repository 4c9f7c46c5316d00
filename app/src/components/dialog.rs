//! A modal dialog: the browser's own, so that focus, Escape and the page behind it behave.

use leptos::{html, prelude::*};

use super::{
    icon::{Glyph, Icon},
    inside::{AnyChildrenFn, live},
};

/// A modal dialog. Its content exists only while it is open.
///
/// The element with `autofocus` in it gets the focus; when it closes, the focus goes back to where it was.
#[component]
pub(crate) fn Dialog(
    /// Says if it is open.
    #[prop(into)]
    open: Signal<bool>,
    /// Escape and the cross call it: it makes `open` false.
    #[prop(into)]
    close: Callback<()>,
    /// Names it for assistive technology: the `id` of its heading.
    id: &'static str,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// Wide enough for lines of code.
    #[prop(optional)]
    wide: bool,
    /// Its content.
    children: AnyChildrenFn,
) -> impl IntoView {
    let shown = Memo::new(move |_| open.get());
    let element = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = element.get() else { return };
        if !shown.get() {
            dialog.close();
            return;
        }
        // The content is in place in the next frame, and with it what wants the focus.
        request_animation_frame(move || {
            if !dialog.open() && dialog.show_modal().is_err() {
                close.run(());
            }
        });
    });
    view! {
        <dialog
            node_ref=element
            class=if wide { "dialog dialog-wide" } else { "dialog" }
            aria-labelledby=id
            on:close=move |_| close.run(())
        >
            {live(move || {
                shown
                    .get()
                    .then(|| {
                        view! {
                            <header class="dialog-head">
                                <h2 id=id>{title}</h2>
                                <button
                                    type="button"
                                    class="button button-quiet button-icon"
                                    aria-label="Close"
                                    on:click=move |_| close.run(())
                                >
                                    <Icon glyph=Glyph::Cross />
                                </button>
                            </header>
                            <div class="dialog-body">{children.view()}</div>
                        }
                    })
                    .into_any()
            })}
        </dialog>
    }
    .into_any()
}

/// Asks before something is lost. The focus is on `Keep`.
#[component]
pub(crate) fn Confirm(
    /// Says if it is open.
    #[prop(into)]
    open: Signal<bool>,
    /// Every way to say no calls it: it makes `open` false.
    #[prop(into)]
    close: Callback<()>,
    /// The `id` of its heading.
    id: &'static str,
    /// The question.
    #[prop(into)]
    question: Signal<String>,
    /// The button that does it.
    #[prop(into)]
    yes: Signal<String>,
    /// Says if nothing is lost by it.
    #[prop(optional)]
    harmless: Signal<bool>,
    /// Does it.
    #[prop(into)]
    act: Callback<()>,
    /// Says if it cannot be done now: it is being done already, or something is missing.
    #[prop(into)]
    disabled: Signal<bool>,
    /// The things that will be lost.
    children: AnyChildrenFn,
) -> impl IntoView {
    view! {
        <Dialog open close id title=question>
            {children.view()}
            <div class="dialog-answer">
                <button type="button" class="button" autofocus on:click=move |_| close.run(())>
                    "Keep"
                </button>
                <button
                    type="button"
                    class=move || if harmless.get() { "button button-primary" } else { "button button-danger-solid" }
                    aria-disabled=move || disabled.get().then_some("true")
                    on:click=move |_| {
                        if !disabled.get_untracked() {
                            act.run(());
                        }
                    }
                >
                    {yes}
                </button>
            </div>
        </Dialog>
    }
    .into_any()
}
