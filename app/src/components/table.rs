//! Tables that turn into cards on narrow screens. Their roles are written out, because a table whose display
//! changes loses them.

use leptos::prelude::*;

use super::erase::{Erase, Piece};

/// A table with its head; the rows carry `role="row"`, their cells `role="cell"` and the column as `data-label`.
#[component]
pub(crate) fn Table(
    /// Names it for assistive technology.
    label: &'static str,
    /// The names of its columns.
    columns: Vec<&'static str>,
    /// Its rows.
    rows: Vec<Piece>,
) -> impl IntoView {
    let columns: Vec<_> = columns
        .into_iter()
        .map(|name| view! { <th scope="col" role="columnheader">{name}</th> }.erased())
        .collect();
    view! {
        <div class="table-box">
            <table class="table" role="table" aria-label=label>
                <thead role="rowgroup">
                    <tr role="row">{columns}</tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .erased()
}
