//! All about one grant. Which one is in the URL.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    api::connected_app,
    components::{
        activity::ActivityList,
        badge::{ScopeBadge, grant_status},
        copyable::Copyable,
        dialog::Dialog,
        format::counted,
        load::PageResource,
        page::facts,
        text::{main, name, note, plain, quiet},
        time::{Ago, ago_or_never},
    },
    wire::Failed,
};
use types::{
    apps::{AppsQuery, GrantDetails},
    failure::Failure,
    id::GrantId,
    scope::{AccessLevel, ScopeSet},
};

/// The grant that is opened, over the table.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Opened {
    /// The organization's slug.
    pub(crate) organization: String,
    /// The question that the table answers.
    pub(crate) table: AppsQuery,
    /// `grt_…`.
    pub(crate) grant_id: GrantId,
    /// The page of its activity.
    pub(crate) activity: u64,
}

impl Opened {
    fn path(&self, activity: u64) -> String {
        self.table.details_path(&self.organization, &self.grant_id, activity)
    }
}

/// Shows the grant that is opened.
#[component]
pub(crate) fn DetailsDialog(
    /// The grant; the dialog is open while there is one.
    opened: Memo<Option<Opened>>,
) -> impl IntoView {
    let title = RwSignal::new("App details".to_owned());
    let navigate = use_navigate();
    let close = move |()| {
        let Some(Opened { organization, table, .. }) = opened.get_untracked() else { return };
        navigate(&table.path(&organization), NavigateOptions { scroll: false, ..NavigateOptions::default() });
    };
    view! {
        <Dialog open=Signal::derive(move || opened.with(Option::is_some)) close id="details" title wide=true>
            <Fetched opened title />
        </Dialog>
    }
    .into_any()
}

/// Exists while the dialog is open.
#[component]
fn Fetched(opened: Memo<Option<Opened>>, title: RwSignal<String>) -> impl IntoView {
    let path = move || opened.get().map(|opened| opened.path(opened.activity)).unwrap_or_default();
    let grant = PageResource::new(path, move || {
        let opened = opened.get_untracked();
        async move {
            let Opened { grant_id, activity, .. } = opened.ok_or(Failed(Failure::NotFound))?;
            connected_app(grant_id, activity).await
        }
    });
    grant.shown_inside(move |details| {
        let opened = opened.get_untracked();
        opened.map(|opened| view! { <Details details opened title /> }).into_any()
    })
}

#[component]
fn Details(details: GrantDetails, opened: Opened, title: RwSignal<String>) -> impl IntoView {
    let GrantDetails { row, redirect_hosts, live_tokens, activity, now } = details;
    let app = row.app;
    Effect::new(move |_| title.set(app.clone()));
    let hosts: Vec<_> = redirect_hosts.into_iter().map(|host| main(plain(host))).collect();
    let known = facts(vec![
        ("Status", grant_status(row.status, now)),
        ("Product", name(row.product)),
        (
            "Authorized",
            vec![
                main(view! { <Ago now at=row.authorized_at /> }.into_any()),
                note(vec![plain("by "), name(row.authorized_by)].into_any()),
            ]
            .into_any(),
        ),
        ("Last used", ago_or_never(now, row.last_used_at)),
        ("Tokens", plain(counted(live_tokens, "live token", "live tokens"))),
        ("Redirect hosts", if hosts.is_empty() { quiet("None") } else { hosts.into_any() }),
    ]);
    view! {
        <div class="details">
            <Copyable name="Client ID" text=row.client_id />
            {known}
            <section>
                <h3>"Permissions"</h3>
                {permissions(row.scopes)}
            </section>
            <section>
                <h3>"Activity"</h3>
                <ActivityList activity now href=Box::new(move |activity| opened.path(activity)) />
            </section>
        </div>
    }
    .into_any()
}

/// The permissions of the app, mildest first.
fn permissions(scopes: ScopeSet) -> AnyView {
    let groups = AccessLevel::ALL.into_iter().filter_map(|level| {
        let words = match level {
            AccessLevel::Read => "Read only",
            AccessLevel::Write => "Change",
            AccessLevel::Execute => "Run",
            AccessLevel::Admin => "Administer",
        };
        let scopes: Vec<_> = scopes
            .iter()
            .filter(|scope| scope.level == level)
            .map(|scope| {
                let badge = view! { <ScopeBadge scope /> }.into_any();
                vec![badge, note(plain(scope.sentence()))].into_any()
            })
            .collect();
        (!scopes.is_empty()).then(|| (words, scopes.into_any()))
    });
    facts(groups.collect())
}
