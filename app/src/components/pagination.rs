//! The way through the pages of a table.

use leptos::prelude::*;

use super::{erase::Erase, format::grouped};

/// Which rows are shown, and links to the pages before and after. Nothing when everything fits one page.
#[component]
pub(crate) fn Pagination(
    /// The page that is shown, from 1.
    page: u64,
    /// How many rows a page has.
    per_page: u64,
    /// How many rows there are.
    total: u64,
    /// The address of the page before.
    previous: String,
    /// The address of the page after.
    next: String,
) -> impl IntoView {
    (total > per_page)
        .then(|| {
            let page = page.max(1);
            let first = (page - 1) * per_page + 1;
            let last = (page * per_page).min(total);
            let step = |to: Option<String>, label: &'static str| match to {
                Some(href) => view! { <a class="button button-small" href=href>{label}</a> }.erased(),
                None => {
                    view! { <span class="button button-small" aria-disabled="true">{label}</span> }.erased()
                }
            };
            view! {
                <nav class="pagination" aria-label="Pages">
                    <span>{format!("{}–{} of {}", grouped(first), grouped(last), grouped(total))}</span>
                    {step((page > 1).then_some(previous), "Previous")}
                    {step((last < total).then_some(next), "Next")}
                </nav>
            }
        })
        .erased()
}
