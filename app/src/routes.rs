//! Every route, and the areas that pages come in, each with WASM of its own. A browser gets the main part and, before it
//! shows a page, the area of that page: a page costs nobody but the visitors of its area. They are few and large, because
//! what two areas share is a file too, and every combination of areas that shares something makes one.
//!
//! On the server nothing is split, and these functions call what they name.

use leptos::{
    prelude::*,
    wasm_split::{SplitLoaderError, wasm_split},
};
use leptos_router::{
    ChooseView, SsrMode,
    components::{Route, Routes},
    path,
};

use crate::{
    components::{navbar::FrameResource, stale::Stale},
    pages::{
        consent::ConsentScreen,
        home::Home,
        not_found::NotFound,
        problem::ProblemPage,
        registration::{
            admin_client::AdminClient,
            admin_clients::AdminClients,
            client::create::{NewAdminClient, NewOauthApp},
            oauth_app::MyOauthApp,
            oauth_apps::MyOauthApps,
        },
        sign_in::SignIn,
        workspace::{apps::AppsTab, product::Product},
    },
};

/// The page of the address.
#[component]
pub(crate) fn Pages(
    /// The person who is here, and the products that they may open.
    frame: FrameResource,
) -> impl IntoView {
    view! {
        <Routes fallback=NotFound>
            <Route path=path!("/") view=move || view! { <Home frame /> } ssr=SsrMode::Async />
            <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async />
            <Route path=path!("/consent/:handle") view=Page::Consent ssr=SsrMode::Async />
            <Route path=path!("/oauth/authorize") view=ProblemPage ssr=SsrMode::Async />
            <Route path=path!("/oauth/consent") view=ProblemPage ssr=SsrMode::Async />
            <Route path=path!("/grants/revoke") view=ProblemPage ssr=SsrMode::Async />
            <Route path=path!("/o/:org/settings/apps") view=Page::Workspace(WorkspacePage::Apps) ssr=SsrMode::Async />
            <Route path=path!("/o/:org/:product") view=Page::Workspace(WorkspacePage::Product) ssr=SsrMode::Async />
            <Route path=path!("/settings/oauth-apps") view=Page::Registration(RegistrationPage::OauthApps) ssr=SsrMode::Async />
            <Route path=path!("/settings/oauth-apps/new") view=Page::Registration(RegistrationPage::NewOauthApp) ssr=SsrMode::Async />
            <Route path=path!("/settings/oauth-apps/:id") view=Page::Registration(RegistrationPage::OauthApp) ssr=SsrMode::Async />
            <Route path=path!("/admin/oauth-clients") view=Page::Registration(RegistrationPage::AdminClients) ssr=SsrMode::Async />
            <Route path=path!("/admin/oauth-clients/new") view=Page::Registration(RegistrationPage::NewAdminClient) ssr=SsrMode::Async />
            <Route path=path!("/admin/oauth-clients/:id") view=Page::Registration(RegistrationPage::AdminClient) ssr=SsrMode::Async />
        </Routes>
    }
}

/// Pages that come together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// The decision about a request.
    Consent,
    /// The data of a workspace, and its settings.
    Workspace,
    /// Apps that people register and administrators look after.
    Registration,
}

impl Area {
    /// The area that a path lies in; `None` where the main part has the page.
    pub(crate) fn of(path: &str) -> Option<Self> {
        match path.split('/').nth(1)? {
            "consent" => Some(Self::Consent),
            "o" => Some(Self::Workspace),
            "settings" | "admin" => Some(Self::Registration),
            _ => None,
        }
    }

    /// The name that the build gives it.
    #[cfg(feature = "ssr")]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Workspace => "workspace",
            Self::Registration => "registration",
        }
    }

    /// Fetches its code, unless that is there.
    ///
    /// # Errors
    /// [`Unloaded`] when it does not come.
    pub(crate) async fn load(self) -> Result<(), Unloaded> {
        match self {
            Self::Consent => load_consent().await?,
            Self::Workspace => load_workspace().await?,
            Self::Registration => load_registration().await?,
        }
        Ok(())
    }
}

/// The code of an area did not come: there is no connection, or a newer version is served by now.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the code of the page did not come")]
pub struct Unloaded;

impl From<SplitLoaderError> for Unloaded {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

/// A page of an area, as its route names it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Page {
    Consent,
    Workspace(WorkspacePage),
    Registration(RegistrationPage),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum WorkspacePage {
    Apps,
    Product,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum RegistrationPage {
    OauthApps,
    NewOauthApp,
    OauthApp,
    AdminClients,
    NewAdminClient,
    AdminClient,
}

impl Page {
    const fn area(self) -> Area {
        match self {
            Self::Consent => Area::Consent,
            Self::Workspace(_) => Area::Workspace,
            Self::Registration(_) => Area::Registration,
        }
    }
}

impl ChooseView for Page {
    async fn choose(self) -> AnyView {
        let view = match self {
            Self::Consent => consent().await,
            Self::Workspace(page) => workspace(page).await,
            Self::Registration(page) => registration(page).await,
        };
        view.unwrap_or_else(|Unloaded| view! { <Stale /> }.into_any())
    }

    async fn preload(&self) {
        // The page that was left stays until this is done. What fails is tried again by `choose`, which tells.
        let _ = self.area().load().await;
    }
}

#[wasm_split(consent, wasm_split_path = ::leptos::wasm_split, preload(load_consent), fallible)]
fn consent() -> Result<AnyView, Unloaded> {
    Ok(view! { <ConsentScreen /> }.into_any())
}

#[wasm_split(workspace, wasm_split_path = ::leptos::wasm_split, preload(load_workspace), fallible)]
fn workspace(page: WorkspacePage) -> Result<AnyView, Unloaded> {
    Ok(match page {
        WorkspacePage::Apps => view! { <AppsTab /> }.into_any(),
        WorkspacePage::Product => view! { <Product /> }.into_any(),
    })
}

#[wasm_split(registration, wasm_split_path = ::leptos::wasm_split, preload(load_registration), fallible)]
fn registration(page: RegistrationPage) -> Result<AnyView, Unloaded> {
    Ok(match page {
        RegistrationPage::OauthApps => view! { <MyOauthApps /> }.into_any(),
        RegistrationPage::NewOauthApp => view! { <NewOauthApp /> }.into_any(),
        RegistrationPage::OauthApp => view! { <MyOauthApp /> }.into_any(),
        RegistrationPage::AdminClients => view! { <AdminClients /> }.into_any(),
        RegistrationPage::NewAdminClient => view! { <NewAdminClient /> }.into_any(),
        RegistrationPage::AdminClient => view! { <AdminClient /> }.into_any(),
    })
}
