//! `/admin/oauth-clients/{id}`: one client, for instance admins.

mod document;
mod grants;
mod overview;

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_params_map},
};

use crate::pages::client::{
    action::{Action, ActionDialog, PendingAction},
    edit::Edit,
    keys::Keys,
    page_state::ClientPageState,
    secrets::{Secrets, forget},
    service_access::ServiceAccessSection,
};
use crate::{
    api::admin_client,
    components::{
        activity::ActivityList,
        load::PageResource,
        page::{Page, Section},
        pagination::{page_in, page_word},
        query::use_query,
        text::name,
    },
};
use types::{
    admin::{AdminClientPage, DocumentStanding},
    client::ClientType,
    paths,
};

use document::Document;
use grants::Grants;
use overview::{AdminActions, Overview};

/// The client, and the pages of its grants and its activity.
#[derive(Clone, PartialEq, Eq)]
struct Asked {
    id: String,
    grants: u64,
    activity: u64,
}

impl Asked {
    fn path(&self) -> String {
        let query = [("grants", page_word(self.grants)), ("activity", page_word(self.activity))];
        let query = query.each_ref().map(|(name, page)| (*name, page.as_str()));
        paths::with_query(&paths::admin_client(&self.id), &query)
    }
}

/// One client, with all that can be done to it.
#[component]
pub(crate) fn AdminClient() -> impl IntoView {
    let params = use_params_map();
    let query = use_query();
    let asked = move || {
        let id = params.with(|params| params.get("id").unwrap_or_default());
        query.with(|query| Asked {
            id,
            grants: page_in(query, "grants"),
            activity: page_in(query, "activity"),
        })
    };
    let client = PageResource::new(
        move || asked().path(),
        move || {
            let Asked { id, grants, activity } = untrack(asked);
            admin_client(id, grants, activity)
        },
    );
    let work = ClientPageState::new(move || client.refetch());
    let navigate = use_navigate();
    view! {
        {client.shown(move |page| view! { <Client page asked=untrack(asked) work /> }.into_any())}
        <ActionDialog
            intent=work.intent
            done=move |done: PendingAction| {
                forget(work.added, &done);
                match done.action {
                    Action::Delete => navigate(paths::ADMIN_CLIENTS, NavigateOptions::default()),
                    _ => work.changed.run(()),
                }
            }
        />
    }
    .into_any()
}

#[component]
fn Client(page: AdminClientPage, asked: Asked, work: ClientPageState) -> impl IntoView {
    let AdminClientPage {
        client,
        entry,
        scopes,
        grants,
        grants_total,
        grants_page,
        document,
        resource_server,
    } = page;
    let now = client.now;
    let unread = document.as_ref().is_some_and(|document| {
        !matches!(document.standing, DocumentStanding::Current | DocumentStanding::Pinned(_))
    });
    let activity = client.activity.clone();
    let confidential = client.kind == ClientType::Confidential;
    let (of_grants, of_activity) = (asked.clone(), asked);
    view! {
        <Page
            title=client.name.clone()
            heading=name(client.name.clone())
            back=(paths::ADMIN_CLIENTS.to_owned(), "OAuth clients")
            action=view! { <AdminActions client=client.clone() resource_server intent=work.intent changed=work.changed /> }.into_any()
        >
            <Overview client=client.clone() entry scopes resource_server unread />
            {document
                .map(|document| {
                    view! { <Document client_id=client.client_id.clone() document now changed=work.changed /> }
                })}
            <Section id="grants" title="Grants">
                <Grants
                    grants
                    now
                    page=grants_page
                    total=grants_total
                    href=Box::new(move |grants| Asked { grants, ..of_grants.clone() }.path())
                />
            </Section>
            {confidential
                .then(|| view! { <Secrets client=client.clone() added=work.added intent=work.intent changed=work.changed /> })}
            {(confidential && client.editable())
                .then(|| view! { <Keys client=client.clone() changed=work.changed /> })}
            {(confidential && client.editable())
                .then(|| view! { <ServiceAccessSection client=client.clone() changed=work.changed /> })}
            {client.editable().then(|| view! { <Edit state=work.form client=client.clone() changed=work.changed /> })}
            <Section id="activity" title="Activity">
                <ActivityList
                    activity
                    now
                    href=Box::new(move |activity| Asked { activity, ..of_activity.clone() }.path())
                />
            </Section>
        </Page>
    }
    .into_any()
}
