//! Moves the focus when the row that had it can no longer be revoked.

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{HtmlElement, NodeList},
};
use types::id::GrantId;

/// Frames for which the table is waited for, about two seconds.
const FRAMES: u32 = 120;

/// Moves the focus to the next row's `Revoke` once this grant's is gone, to the one before where it was the last, and to
/// the heading where it was the only one.
pub(super) fn after(grant_id: &GrantId) {
    let ids = ids();
    let place = ids.iter().position(|id| *id == **grant_id).unwrap_or_default();
    let next = ids.get(place + 1).or_else(|| ids.get(place.checked_sub(1)?)).cloned();
    once_gone(grant_id.to_owned(), next, FRAMES);
}

fn once_gone(grant_id: GrantId, next: Option<String>, frames: u32) {
    if frames > 0 && ids().iter().any(|id| **id == *grant_id) {
        request_animation_frame(move || once_gone(grant_id, next, frames - 1));
        return;
    }
    let button =
        next.and_then(|id| document().query_selector(&format!("[data-revoke=\"{id}\"]")).ok().flatten());
    let target = button.or_else(|| document().query_selector("main").ok().flatten());
    if let Some(target) = target.and_then(|target| target.dyn_into::<HtmlElement>().ok()) {
        let _ = target.focus();
    }
}

/// The grants that can be revoked, in the order of the table.
fn ids() -> Vec<String> {
    let buttons: Option<NodeList> = document().query_selector_all("[data-revoke]").ok();
    let count = buttons.as_ref().map_or(0, NodeList::length);
    let button =
        |index| buttons.as_ref()?.get(index)?.dyn_into::<HtmlElement>().ok()?.dataset().get("revoke");
    (0..count).filter_map(button).collect()
}
