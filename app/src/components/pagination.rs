//! The way through the pages of a table.

use leptos::prelude::*;

use super::format::grouped;

/// Which rows are shown, and links to the pages before and after. Nothing when everything fits one page.
#[component]
pub(crate) fn Pagination(
    /// The page that is shown, from 1.
    page: u64,
    /// How many rows a page has.
    per_page: u64,
    /// How many rows there are.
    total: u64,
    /// The address of a page.
    #[prop(into)]
    href: Callback<u64, String>,
) -> impl IntoView {
    (total > per_page).then(|| {
        let page = page.max(1);
        let first = (page - 1) * per_page + 1;
        let last = (page * per_page).min(total);
        let step = |to: Option<u64>, label: &'static str, rel: &'static str| match to {
            Some(to) => {
                view! { <a class="button button-small" rel=rel href=href.run(to)>{label}</a> }.into_any()
            }
            None => {
                view! { <span class="button button-small" aria-disabled="true">{label}</span> }.into_any()
            }
        };
        view! {
            <nav class="pagination" aria-label="Pages">
                <span>{format!("{}–{} of {}", grouped(first), grouped(last), grouped(total))}</span>
                {step((page > 1).then(|| page - 1), "Previous", "prev")}
                {step((last < total).then_some(page + 1), "Next", "next")}
            </nav>
        }
    })
}
