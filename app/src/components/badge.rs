//! Scopes and states as coloured words.

use leptos::prelude::*;

use super::{
    icon::{Glyph, Icon},
    text::{name, note, plain},
    time::Ago,
};
use types::{
    apps::GrantState,
    client::ClientStatus,
    scope::{Scope, ScopeSet},
};

/// A scope in its colour, with its icon and its word.
#[component]
pub(crate) fn ScopeBadge(
    /// The scope.
    scope: Scope,
) -> impl IntoView {
    view! {
        <span class=format!("badge badge-{}", scope.level.suffix())>
            <Icon glyph=Glyph::of_level(scope.level) />
            {scope.label()}
        </span>
    }
    .into_any()
}

/// A set of scopes, side by side.
#[component]
pub(crate) fn ScopeBadges(
    /// The scopes.
    scopes: ScopeSet,
) -> impl IntoView {
    view! {
        <ul class="badges" role="list">
            {scopes.iter().map(|scope| view! { <li><ScopeBadge scope /></li> }.into_any()).collect::<Vec<_>>()}
        </ul>
    }
    .into_any()
}

/// The meaning of a status for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// It works.
    Good,
    /// It is over.
    Quiet,
    /// Something should be done, or known.
    Warning,
}

/// A status as a word with a dot.
#[component]
pub(crate) fn StatusBadge(
    /// Its meaning.
    tone: Tone,
    /// The word.
    label: &'static str,
) -> impl IntoView {
    let class = match tone {
        Tone::Good => "status status-good",
        Tone::Quiet => "status status-quiet",
        Tone::Warning => "status status-warning",
    };
    view! { <span class=class>{label}</span> }.into_any()
}

/// The state of a client.
pub(crate) fn client_status(status: ClientStatus) -> AnyView {
    let tone = match status {
        ClientStatus::Active => Tone::Good,
        ClientStatus::Disabled => Tone::Quiet,
        ClientStatus::Blocked => Tone::Warning,
    };
    view! { <StatusBadge tone label=status.label() /> }.into_any()
}

/// The state of a grant.
pub(crate) fn grant_status(status: GrantState, now: i64) -> AnyView {
    let (tone, label, more) = match status {
        GrantState::Active => (Tone::Good, "Active", None),
        GrantState::Paused { since } => {
            let more = vec![plain("Calls are refused since "), view! { <Ago now at=since /> }.into_any()];
            (Tone::Warning, "Paused", Some(more.into_any()))
        }
        GrantState::Disabled => {
            (Tone::Warning, "Disabled", Some(plain("Calls are refused until the app is enabled.")))
        }
        GrantState::Revoked { at, by } => {
            let more = vec![view! { <Ago now at /> }.into_any(), plain(" by "), name(by)];
            (Tone::Quiet, "Revoked", Some(more.into_any()))
        }
    };
    let badge = view! { <StatusBadge tone label /> }.into_any();
    [Some(badge), more.map(note)].into_iter().flatten().collect::<Vec<_>>().into_any()
}

/// The mark of a client that an administrator vouches for.
pub(crate) fn verified_mark(verified: bool) -> Option<AnyView> {
    verified.then(|| view! { <StatusBadge tone=Tone::Good label="Verified" /> }.into_any())
}
