//! A time, relative in words and exact on hover.

use leptos::prelude::*;

use super::{
    erase::Erase,
    format::{ago, exact, rfc3339},
};

/// A time in the past, both in Unix milliseconds.
#[component]
pub(crate) fn Ago(
    /// When the page was made.
    now: i64,
    /// When it was.
    at: i64,
) -> impl IntoView {
    view! { <time datetime=rfc3339(at) title=exact(at)>{ago(now, at)}</time> }.erased()
}
