//! Short messages about what just happened.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    failure::to_sign_in,
    icon::{Glyph, Icon},
};
use types::failure::Failure;

/// The time for which a message stays.
const SHOWN: Duration = Duration::from_secs(8);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Toast {
    /// Tells messages with the same words apart.
    number: u32,
    done: Option<String>,
    failed: Option<Failure>,
}

/// Shows messages from anywhere. Provided by `App`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Toaster(RwSignal<Toast>);

impl Toaster {
    /// Provides the toaster to everything below. It begins with what was done before the page was loaded.
    pub(crate) fn provide(done: String) -> Self {
        let done = Some(done).filter(|done| !done.is_empty());
        let toaster = Self(RwSignal::new(Toast { done, ..Toast::default() }));
        provide_context(toaster);
        toaster
    }

    /// The toaster of the application.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// Says that something was done.
    pub(crate) fn done(self, message: impl Into<String>) {
        self.show(Some(message.into()), None);
    }

    /// Says that something failed.
    pub(crate) fn failed(self, failure: &Failure) {
        self.show(None, Some(failure.clone()));
    }

    fn show(self, done: Option<String>, failed: Option<Failure>) {
        let number = self.0.with_untracked(|toast| toast.number.wrapping_add(1));
        // Its link is needed for as long as it takes.
        let stays = failed == Some(Failure::SignedOut);
        self.0.set(Toast { number, done, failed });
        if stays {
            return;
        }
        set_timeout(
            move || {
                if self.0.with_untracked(|toast| toast.number) == number {
                    self.0.set(Toast { number, ..Toast::default() });
                }
            },
            SHOWN,
        );
    }
}

/// The place where messages appear.
#[component]
pub(crate) fn Toasts(
    /// The toaster that shows them.
    toaster: Toaster,
) -> impl IntoView {
    view! {
        <div class="toasts">
            <div role="status">
                {move || {
                    toaster
                        .0
                        .get()
                        .done
                        .map(|message| view! { <p class="toast"><Icon glyph=Glyph::Check />{message}</p> })
                }}
            </div>
            {move || {
                toaster
                    .0
                    .get()
                    .failed
                    .map(|failure| {
                        // The page keeps what was typed; after signing in elsewhere it can be sent.
                        let sign_in = (failure == Failure::SignedOut)
                            .then(|| view! { " " <a href=to_sign_in()>"Sign in"</a> });
                        view! {
                            <p class="toast toast-failed" role="alert">
                                <Icon glyph=Glyph::Warning />
                                {failure.to_string()}
                                {sign_in}
                            </p>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}
