//! The table of grants.

use leptos::prelude::*;

use crate::{
    components::{
        badge::{ScopeBadges, StatusBadge, Tone},
        erase::Erase,
        format::counted,
        table::Table,
        time::Ago,
    },
    types::apps::{AppRow, RowStatus},
};

const COLUMNS: [&str; 7] =
    ["Application", "Product", "Permissions", "Last used", "Authorized at", "Status", "Actions"];

/// The grants of one page.
#[component]
pub(crate) fn AppsTable(
    /// The grants.
    rows: Vec<AppRow>,
    /// When the page was made, in Unix milliseconds.
    now: i64,
    /// Set to the row whose `Revoke` was pressed.
    revoke: RwSignal<Option<AppRow>>,
) -> impl IntoView {
    let rows = rows.into_iter().map(|row| view! { <Row row now revoke /> }.erased()).collect();
    view! { <Table label="Connected apps" columns=COLUMNS.to_vec() rows /> }.erased()
}

#[component]
fn Row(row: AppRow, now: i64, revoke: RwSignal<Option<AppRow>>) -> impl IntoView {
    let AppRow { app, website, source, verified, product, scopes, last_used_at, use_count, .. } = row.clone();
    let over = matches!(row.status, RowStatus::Revoked { .. });
    let [application, in_product, permissions, last_used, authorized_at, status, actions] = COLUMNS;
    view! {
        <tr role="row" class:row-over=over>
            <td role="cell" data-label=application>
                <span class="cell-main"><bdi>{app}</bdi></span>
                <span class="cell-note">
                    {website
                        .map(|(host, url)| {
                            view! {
                                <a href=url rel="external noopener noreferrer nofollow" target="_blank">{host}</a>
                                " · "
                            }
                        })}
                    {source.label()}
                    {verified.then_some(" · Verified")}
                </span>
            </td>
            <td role="cell" data-label=in_product>{product}</td>
            <td role="cell" data-label=permissions><ScopeBadges scopes /></td>
            <td role="cell" data-label=last_used>
                {match last_used_at {
                    Some(at) => {
                        view! {
                            <span class="cell-main"><Ago now at /></span>
                            <span class="cell-note">
                                {counted(use_count.unsigned_abs(), "call", "calls")}
                            </span>
                        }
                            .erased()
                    }
                    None => view! { <span class="cell-quiet">"Never"</span> }.erased(),
                }}
            </td>
            <td role="cell" data-label=authorized_at>
                <span class="cell-main"><Ago now at=row.authorized_at /></span>
                <span class="cell-note">"by " {row.authorized_by.clone()}</span>
            </td>
            <td role="cell" data-label=status><Status status=row.status.clone() now /></td>
            <td role="cell" data-label=actions>
                {(!over)
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button button-small button-danger needs-js"
                                on:click=move |_| revoke.set(Some(row.clone()))
                            >
                                "Revoke"
                            </button>
                        }
                    })}
            </td>
        </tr>
    }
    .erased()
}

#[component]
fn Status(status: RowStatus, now: i64) -> impl IntoView {
    match status {
        RowStatus::Active => view! { <StatusBadge tone=Tone::Good label="Active" /> }.erased(),
        RowStatus::Disabled => view! {
            <StatusBadge tone=Tone::Warning label="Disabled" />
            <span class="cell-note">"Calls are refused until the app is enabled."</span>
        }
        .erased(),
        RowStatus::Revoked { at, by } => view! {
            <StatusBadge tone=Tone::Quiet label="Revoked" />
            <span class="cell-note"><Ago now at /> " by " {by}</span>
        }
        .erased(),
    }
}
