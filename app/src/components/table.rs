//! Tables that turn into cards on narrow screens. Their roles are written out, because a table whose display
//! changes loses them.

use leptos::prelude::*;

/// A table with its head and its rows, made with [`row`].
#[component]
pub(crate) fn Table(
    /// Names it for assistive technology.
    label: &'static str,
    /// The box that selects all rows, over a first column of boxes that select each.
    #[prop(optional)]
    select: Option<AnyView>,
    /// The names of its further columns.
    columns: Vec<&'static str>,
    /// Its rows.
    rows: Vec<AnyView>,
) -> impl IntoView {
    let class = match (select.is_some(), columns.last()) {
        (true, _) => "table table-select",
        (false, Some(&"Actions")) => "table table-acting",
        (false, _) => "table",
    };
    let head = |name: AnyView| view! { <th scope="col" role="columnheader">{name}</th> }.into_any();
    let columns: Vec<_> =
        select.into_iter().chain(columns.into_iter().map(IntoAny::into_any)).map(head).collect();
    view! {
        <div class="table-box">
            <table class=class role="table" aria-label=label>
                <thead role="rowgroup">
                    <tr role="row">{columns}</tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A row; what is over stands back.
pub(crate) fn row(over: bool, cells: Vec<AnyView>) -> AnyView {
    view! { <tr role="row" class:row-over=over>{cells}</tr> }.into_any()
}

/// A cell under the column of this name.
pub(crate) fn cell(column: &'static str, content: AnyView) -> AnyView {
    view! { <td role="cell" data-label=column>{content}</td> }.into_any()
}
