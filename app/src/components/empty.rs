//! A note in the place of rows.

use leptos::prelude::*;

use super::{
    icon::{Glyph, Icon},
    inside::AnyChildren,
};

/// A state without rows: what is missing, why, and what to do.
#[component]
pub(crate) fn Empty(
    /// The rows that would be here.
    glyph: Glyph,
    /// A few words.
    title: &'static str,
    /// One sentence.
    sentence: &'static str,
    /// Advice.
    children: AnyChildren,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon"><Icon glyph /></span>
            <h2>{title}</h2>
            <p>{sentence}</p>
            <div class="empty-action">{children.0}</div>
        </div>
    }
    .into_any()
}

/// Rows that are on their way.
#[component]
pub(crate) fn Loading() -> impl IntoView {
    view! {
        <div class="loading" role="status">
            <span class="visually-hidden">"Loading"</span>
            <span class="loading-line"></span>
            <span class="loading-line"></span>
            <span class="loading-line"></span>
        </div>
    }
    .into_any()
}
