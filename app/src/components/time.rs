//! A time, relative in words and exact on hover.

use leptos::prelude::*;

use super::{
    format::{ago, day, exact, rfc3339},
    text::quiet,
};

/// A time in the past, both in Unix milliseconds.
#[component]
pub(crate) fn Ago(
    /// The moment when the page was made.
    now: i64,
    /// The moment when it was.
    at: i64,
) -> impl IntoView {
    view! { <time datetime=rfc3339(at) title=exact(at)>{ago(now, at)}</time> }.into_any()
}

/// The day of a time.
pub(crate) fn day_of(at: i64) -> AnyView {
    view! { <time datetime=rfc3339(at) title=exact(at)>{day(at)}</time> }.into_any()
}

/// A time in the past, or `Never`.
pub(crate) fn ago_or_never(now: i64, at: Option<i64>) -> AnyView {
    at.map_or_else(|| quiet("Never"), |at| view! { <Ago now at /> }.into_any())
}
