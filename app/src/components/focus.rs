//! The focus after something was done: never nowhere.

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement},
};

/// Frames for which the page is waited for, about two seconds.
const FRAMES: u32 = 120;
/// Frames after which the heading gets the focus that no row took.
const HEADING_AFTER: u32 = 20;

/// Moves the focus to an element, if there is one.
pub(crate) fn on(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// The row of a table that a form stands in: the table's label, and the number of the row.
pub(crate) type Row = Option<(String, u32)>;

/// The row that a form stands in.
pub(crate) fn row_of(form: &Element) -> Row {
    let row = form.closest("tr").ok().flatten()?;
    let rows = row.parent_element()?.children();
    let place = (0..rows.length()).find(|&index| rows.item(index).as_ref() == Some(&row))?;
    let table = form.closest("table").ok().flatten()?;
    Some((table.get_attribute("aria-label")?, place))
}

/// Watches the focus after a form was sent: when what had it is gone, it goes to the row that took the place of the form's,
/// else to the heading.
pub(crate) fn after(row: Row) {
    watch(row, FRAMES, 0);
}

/// `lost` counts the frames since nothing has the focus: the row that is to have it may not be there at once.
fn watch(row: Row, frames: u32, lost: u32) {
    let active = document().active_element();
    let is_lost = active.is_none_or(|element| Some(&element) == document().body().as_deref());
    let lost = if is_lost { lost + 1 } else { 0 };
    if is_lost {
        let wanted = row.as_ref().and_then(|(label, place)| in_row(label, *place));
        on(wanted.or_else(|| (lost > HEADING_AFTER || row.is_none()).then(heading).flatten()));
    }
    if frames > 0 {
        request_animation_frame(move || watch(row, frames - 1, lost));
    }
}

/// The first control of the row at this place in a table, or of the last row.
fn in_row(label: &str, place: u32) -> Option<Element> {
    let rows = document().query_selector_all(&format!("table[aria-label=\"{label}\"] tbody tr")).ok()?;
    let row = rows.get(place.min(rows.length().checked_sub(1)?))?.dyn_into::<Element>().ok()?;
    row.query_selector("a[href], button, select").ok().flatten()
}

/// The heading of the page, which can have the focus from now on.
fn heading() -> Option<Element> {
    let heading = document().query_selector("main h1").ok().flatten()?;
    let _ = heading.set_attribute("tabindex", "-1");
    Some(heading)
}
