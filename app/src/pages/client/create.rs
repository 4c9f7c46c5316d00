//! `/settings/oauth-apps/new` and `/admin/oauth-clients/new`: the same form for people and for administrators.

use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    credentials::new_secret,
    document_entry::DocumentEntry,
    form::{ClientFields, ClientFormState},
    snippet_text::Flow,
    snippets::Snippets,
};
use crate::{
    api::{client_form_rules, create_admin_client, create_oauth_app},
    components::{
        button::link_button,
        copyable::Copyable,
        inside::live,
        load::PageResource,
        page::{Page, Section},
        text::{name, plain},
    },
};
use types::{
    client::{ClientType, Credentials},
    client_form::{ClientForm, RegistrationRules},
    paths,
};

/// The new credentials. They live in the memory of the page and nowhere else.
#[derive(Clone)]
struct Created {
    form: ClientForm,
    kind: ClientType,
    credentials: Credentials,
}

/// `/settings/oauth-apps/new`.
#[component]
pub(crate) fn NewOauthApp() -> impl IntoView {
    view! { <NewClient administration=false /> }
}

/// `/admin/oauth-clients/new`.
#[component]
pub(crate) fn NewAdminClient() -> impl IntoView {
    view! { <NewClient administration=true /> }
}

#[component]
fn NewClient(administration: bool) -> impl IntoView {
    let rules = PageResource::new(String::new, move || client_form_rules(administration));
    let state = ClientFormState::new();
    let created = RwSignal::new(None::<Created>);
    rules.shown(move |rules| {
        live(move || match created.get() {
            None => view! { <Ask administration rules=rules.clone() state created /> }.into_any(),
            Some(created) => view! { <Done administration rules=rules.clone() created /> }.into_any(),
        })
    })
}

const fn list(administration: bool) -> (&'static str, &'static str) {
    if administration { (paths::ADMIN_CLIENTS, "OAuth clients") } else { (paths::OAUTH_APPS, "OAuth apps") }
}

#[component]
fn Ask(
    administration: bool,
    rules: RegistrationRules,
    state: ClientFormState,
    created: RwSignal<Option<Created>>,
) -> impl IntoView {
    let (back, above) = list(administration);
    let (heading, about, button) = if administration {
        ("New client", "A client that belongs to nobody: administrators look after it.", "Create client")
    } else {
        ("New app", "An app of your own that people connect to their workspace.", "Create app")
    };
    let send = Callback::new(move |(form, kind): (ClientForm, ClientType)| {
        state.busy.set(true);
        spawn_local(async move {
            let made = if administration {
                create_admin_client(form.clone(), kind).await
            } else {
                create_oauth_app(form.clone(), kind).await
            };
            state.busy.set(false);
            match made {
                Ok(credentials) => created.set(Some(Created { form, kind, credentials })),
                Err(failure) => state.refused(failure.0),
            }
        });
    });
    view! {
        <Page
            title=heading.to_owned()
            heading=plain(heading)
            back=(back.to_owned(), above)
            about=plain(about)
            narrow=true
        >
            <div class="card">
                <ClientFields state first=ClientForm::default() rules=rules.redirect new=true button send />
            </div>
            {administration.then(|| view! { <Described /> })}
        </Page>
    }
    .into_any()
}

/// An app that describes itself in a document that this server cannot fetch.
#[component]
fn Described() -> impl IntoView {
    let navigate = use_navigate();
    let saved = move |id: String| navigate(&paths::admin_client(&id), NavigateOptions::default());
    view! {
        <Section id="described" title="Client ID document" class="card">
            <p class="section-about">
                "For an app whose client ID is the address of a document that this server cannot fetch: enter what stands there."
            </p>
            <DocumentEntry client_id=None first=String::new() saved />
        </Section>
    }
    .into_any()
}

#[component]
fn Done(administration: bool, rules: RegistrationRules, created: Created) -> impl IntoView {
    let Created { form, kind, credentials } = created;
    let called = form.name.trim().to_owned();
    let (back, above) = list(administration);
    let page = format!("{back}/{}", credentials.client_id);
    let flow = Flow {
        endpoints: rules.endpoints,
        client_id: credentials.client_id.clone(),
        kind,
        secret: credentials.client_secret.clone(),
        redirect_uri: form.trimmed_redirect_uris().into_iter().next().unwrap_or_default(),
    };
    let open = if administration { "Open the client" } else { "Open the app" };
    view! {
        <Page
            title=format!("{called} was created")
            heading=announced(vec![name(called), plain(" was created")])
            back=(back.to_owned(), above)
            action=link_button("", page, open)
            narrow=true
        >
            <Section id="credentials" title="Credentials">
                <Copyable name="Client ID" text=credentials.client_id />
                {credentials.client_secret.map(new_secret)}
            </Section>
            <Snippets flow />
        </Page>
    }
    .into_any()
}

/// A heading that takes the focus: what had it is gone.
fn announced(words: Vec<AnyView>) -> AnyView {
    let element = NodeRef::<html::Span>::new();
    Effect::new(move |_| {
        if let Some(element) = element.get() {
            let _ = element.focus();
        }
    });
    view! { <span tabindex="-1" node_ref=element>{words}</span> }.into_any()
}
