//! `/settings/oauth-apps/{id}`: an app of one's own.

mod danger;

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_params_map},
};

use crate::pages::client::{
    action::{Action, ActionDialog, PendingAction},
    edit::Edit,
    identity::identity,
    keys::Keys,
    page_state::ClientPageState,
    secrets::{Secrets, forget},
    service_access::ServiceAccessSection,
    snippets::{Flow, Snippets},
};
use crate::{
    api::oauth_app,
    components::{
        activity::ActivityList,
        copyable::Copyable,
        inside::live,
        load::PageResource,
        page::{Page, Section, callout},
        pagination::{page_in, page_word},
        query::use_query,
        text::{name, plain},
    },
    wire::Failed,
};
use types::{
    client::{ClientDetails, ClientStatus, ClientType},
    failure::Failure,
    paths,
};

use danger::Danger;

/// An app of one's own, with all that can be done to it.
#[component]
pub(crate) fn MyOauthApp() -> impl IntoView {
    let params = use_params_map();
    let query = use_query();
    let asked = move || {
        let id = params.with(|params| params.get("id").unwrap_or_default());
        (id, query.with(|query| page_in(query, "activity")))
    };
    let app = PageResource::new(
        move || {
            let (id, page) = asked();
            address(&id, page)
        },
        move || {
            let (id, page) = untrack(asked);
            async move { oauth_app(id.parse().map_err(|_| Failed(Failure::NotFound))?, page).await }
        },
    );
    let work = ClientPageState::new(move || app.refetch());
    let navigate = use_navigate();
    view! {
        {app.shown(move |client| view! { <App client work /> }.into_any())}
        <ActionDialog
            intent=work.intent
            done=move |done: PendingAction| {
                forget(work.added, &done);
                match done.action {
                    Action::DeleteOwn => navigate(paths::OAUTH_APPS, NavigateOptions::default()),
                    _ => work.changed.run(()),
                }
            }
        />
    }
    .into_any()
}

/// The page with this page of the activity.
fn address(id: &str, activity: u64) -> String {
    paths::with_query(&paths::oauth_app(id), &[("activity", &page_word(activity))])
}

#[component]
fn App(client: ClientDetails, work: ClientPageState) -> impl IntoView {
    let id = client.client_id.clone();
    let now = client.now;
    let blocked = client.status == ClientStatus::Blocked;
    let confidential = client.kind == ClientType::Confidential;
    let flow = Flow {
        endpoints: client.rules.endpoints.clone(),
        client_id: id.clone(),
        kind: client.kind,
        secret: None,
        redirect_uri: client.redirect_uris.first().cloned().unwrap_or_default(),
    };
    let activity = client.activity.clone();
    let page = id.clone();
    let known = identity(&client, Vec::new());
    view! {
        <Page
            title=client.name.clone()
            heading=name(client.name.clone())
            back=(paths::OAUTH_APPS.to_owned(), "OAuth apps")
            narrow=true
        >
            {blocked
                .then(|| {
                    callout(vec![plain("An administrator blocked this app. Only an administrator can lift that.")])
                })}
            <Section id="about" title="About">
                <Copyable name="Client ID" text=id />
                {known}
            </Section>
            <Edit state=work.form client=client.clone() changed=work.changed />
            {confidential
                .then(|| view! { <Secrets client=client.clone() added=work.added intent=work.intent changed=work.changed /> })}
            {(confidential && client.editable())
                .then(|| view! { <Keys client=client.clone() changed=work.changed /> })}
            {(confidential && client.editable())
                .then(|| view! { <ServiceAccessSection client=client.clone() changed=work.changed /> })}
            {live(move || {
                let added = work.added.get().filter(|added| added.client_id == flow.client_id);
                let secret = added.and_then(|added| added.client_secret);
                view! { <Snippets flow=Flow { secret, ..flow.clone() } /> }.into_any()
            })}
            <Section id="activity" title="Activity">
                <ActivityList activity now href=Box::new(move |activity| address(&page, activity)) />
            </Section>
            <Danger client intent=work.intent changed=work.changed />
        </Page>
    }
    .into_any()
}
