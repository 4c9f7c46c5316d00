//! The focus after something was done: never nowhere.

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement},
};

/// Frames for which the page is waited for, about two seconds.
const FRAMES: u32 = 120;

/// Moves the focus to an element, if there is one.
pub(crate) fn on(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Watches the focus after a form was sent: when what had it is gone, it goes to the row that took the place of the form's,
/// else to the heading.
pub(crate) fn after(form: &Element) {
    let place = form.closest("tr").ok().flatten().and_then(|row| {
        let rows = row.parent_element()?.children();
        (0..rows.length()).find(|&index| rows.item(index).as_ref() == Some(&row))
    });
    let label = form.closest("table").ok().flatten().and_then(|table| table.get_attribute("aria-label"));
    watch(label.zip(place), FRAMES);
}

fn watch(row: Option<(String, u32)>, frames: u32) {
    let lost =
        document().active_element().is_none_or(|element| Some(&element) == document().body().as_deref());
    if lost {
        let wanted = row.as_ref().and_then(|(label, place)| in_row(label, *place));
        on(wanted.or_else(|| find("main h1")));
    }
    if frames > 0 {
        request_animation_frame(move || watch(row, frames - 1));
    }
}

/// The first control of the row at this place in a table, or of the last row.
fn in_row(label: &str, place: u32) -> Option<Element> {
    let rows = document().query_selector_all(&format!("table[aria-label=\"{label}\"] tbody tr")).ok()?;
    let row = rows.get(place.min(rows.length().checked_sub(1)?))?.dyn_into::<Element>().ok()?;
    row.query_selector("a[href], button, select").ok().flatten()
}

fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}
