//! Scopes and states as coloured words.

use leptos::prelude::*;

use super::{
    erase::Erase,
    icon::{Glyph, Icon},
};
use crate::types::scope::{Scope, ScopeSet};

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
    .erased()
}

/// A set of scopes, side by side.
#[component]
pub(crate) fn ScopeBadges(
    /// The scopes.
    scopes: ScopeSet,
) -> impl IntoView {
    view! {
        <ul class="badges" role="list">
            {scopes.iter().map(|scope| view! { <li><ScopeBadge scope /></li> }.erased()).collect::<Vec<_>>()}
        </ul>
    }
    .erased()
}

/// What a status means for the person.
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
    /// What it means.
    tone: Tone,
    /// The word.
    label: &'static str,
) -> impl IntoView {
    let class = match tone {
        Tone::Good => "status status-good",
        Tone::Quiet => "status status-quiet",
        Tone::Warning => "status status-warning",
    };
    view! { <span class=class>{label}</span> }.erased()
}
