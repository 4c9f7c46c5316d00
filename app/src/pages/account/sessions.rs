//! `/settings/sessions`: where the person is signed in.

use leptos::prelude::*;

use crate::pages::tabs::account_tabs;
use crate::{
    api::sessions,
    components::{
        badge::{StatusBadge, Tone},
        form::{FormState, PostForm},
        load::PageResource,
        page::Page,
        table::{Table, cell, row},
        text::{code, main, plain},
        time::Ago,
    },
};
use types::{
    account::{SessionRow, SessionsPage},
    form::Form,
    paths,
};

/// The person's sign-ins.
#[component]
pub(crate) fn Sessions() -> impl IntoView {
    let page = PageResource::new(String::new, sessions);
    page.shown(|page| view! { <List page /> }.into_any())
}

#[component]
fn List(page: SessionsPage) -> impl IntoView {
    let SessionsPage { sessions, now } = page;
    let several = sessions.len() > 1;
    let rows = sessions.into_iter().map(|session| session_row(session, now)).collect();
    let columns = vec!["Browser", "Address", "Signed in", "Last seen", "Actions"];
    let others = FormState::new(Form::EndOtherSessions, Vec::new());
    let action = several.then(|| {
        view! { <PostForm state=others class="">{others.submit("Sign out everywhere else", "")}</PostForm> }.into_any()
    });
    view! {
        <Page
            title="Sessions".to_owned()
            heading=plain("Sessions")
            about=plain("The browsers in which you are signed in.")
            action=action.into_any()
        >
            {account_tabs(paths::SESSIONS)}
            <Table label="Sessions" columns rows />
        </Page>
    }
    .into_any()
}

fn session_row(session: SessionRow, now: i64) -> AnyView {
    let SessionRow { id, device, address, created_at, last_seen_at, current } = session;
    let device = if device.is_empty() { "Unknown browser".to_owned() } else { device };
    let form = FormState::new(Form::EndSession, vec![("session", id)]);
    let action = if current {
        view! { <StatusBadge tone=Tone::Good label="This browser" /> }.into_any()
    } else {
        let about = format!("Sign out {device} at {address}");
        view! { <PostForm state=form class="">{form.submit_about("Sign out", "button-small", Some(about))}</PostForm> }
            .into_any()
    };
    row(
        false,
        vec![
            cell("Browser", main(plain(device))),
            cell("Address", code(address)),
            cell("Signed in", view! { <Ago now at=created_at /> }.into_any()),
            cell("Last seen", view! { <Ago now at=last_seen_at /> }.into_any()),
            cell("Actions", action),
        ],
    )
}
