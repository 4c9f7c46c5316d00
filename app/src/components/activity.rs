//! Events, newest first.

use leptos::prelude::*;

use super::{
    pagination::Pagination,
    text::{code, main, name, note, plain},
    time::Ago,
};
use types::activity::{Activity, ActivityEvent, EVENTS_PER_PAGE};

/// A page of events with the way to the others.
#[component]
pub(crate) fn ActivityList(
    /// The events.
    activity: Activity,
    /// The moment when the page was made, in Unix milliseconds.
    now: i64,
    /// The address of another page of them.
    href: Box<dyn Fn(u64) -> String>,
) -> impl IntoView {
    let Activity { events, total, page } = activity;
    if events.is_empty() {
        return view! { <p class="section-about">"Nothing has happened yet."</p> }.into_any();
    }
    let events: Vec<_> = events
        .into_iter()
        .map(|event| view! { <li class="event">{entry(event, now)}</li> }.into_any())
        .collect();
    view! {
        <ol class="events" role="list">{events}</ol>
        <Pagination
            label="Pages of activity"
            stay=true
            page
            per_page=EVENTS_PER_PAGE
            total
            previous=href(page.saturating_sub(1))
            next=href(page + 1)
        />
    }
    .into_any()
}

fn entry(event: ActivityEvent, now: i64) -> Vec<AnyView> {
    let ActivityEvent { at, what, detail, actor, address } = event;
    let mut circumstances = vec![name(actor), plain(" · "), view! { <Ago now at /> }.into_any()];
    if let Some(address) = address {
        circumstances.extend([plain(" · from "), code(address)]);
    }
    let mut lines = vec![main(plain(what))];
    lines.extend(detail.map(|detail| note(name(detail))));
    lines.push(note(circumstances.into_any()));
    lines
}
