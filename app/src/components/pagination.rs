//! The way through the pages of a table.

use leptos::prelude::*;

use super::{format::grouped, query::Query};

/// The rows that are shown, and links to the pages before and after. Nothing when everything fits one page.
#[component]
pub(crate) fn Pagination(
    /// Names it among others of the same page.
    #[prop(default = "Pages")]
    label: &'static str,
    /// Says if the page keeps its place when one of the links is followed: for a list in the middle of a page.
    #[prop(optional)]
    stay: bool,
    /// The page that is shown, from 1.
    page: u64,
    /// Number of rows on a page.
    per_page: u64,
    /// Number of rows.
    total: u64,
    /// The most rows that are counted: where there are more, the total says no more than that.
    #[prop(default = u64::MAX)]
    counted: u64,
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
            let all =
                if total > counted { format!("more than {}", grouped(counted)) } else { grouped(total) };
            let step = |to: Option<String>, label: &'static str| match to {
                Some(href) => {
                    view! { <a class="button button-small" href=href data-noscroll=stay>{label}</a> }
                        .into_any()
                }
                None => {
                    view! { <span class="button button-small" aria-disabled="true">{label}</span> }.into_any()
                }
            };
            view! {
                <nav class="pagination" aria-label=label>
                    <span>{format!("{}–{} of {all}", grouped(first), grouped(last))}</span>
                    {step((page > 1).then_some(previous), "Previous")}
                    {step((last < total).then_some(next), "Next")}
                </nav>
            }
        })
        .into_any()
}

/// The page that a query asks for under this name, from 1.
pub(crate) fn page_in(query: &Query, name: &str) -> u64 {
    query.get(name).and_then(|page| page.parse().ok()).unwrap_or(1).max(1)
}

/// A page as a value of a query; the first page is left out.
pub(crate) fn page_word(page: u64) -> String {
    if page > 1 { page.to_string() } else { String::new() }
}
