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
    components::{
        navbar::FrameResource,
        stale::Stale,
        tell::{Tell, TellDialog},
    },
    pages::{
        account::{Everybody, OwnAccount, user::AdminUser},
        client::create::{NewAdminClient, NewOauthApp},
        consent::ConsentScreen,
        entry::{invite::Invite, links::ByLink, set_up::SetUp, sign_in::SignIn},
        home::Home,
        not_found::NotFound,
        problem::ProblemPage,
        registration::{admin_client::AdminClient, oauth_app::MyOauthApp, oauth_apps::MyOauthApps},
        workspace::{WorkspaceSettings, product::Product},
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
            <Route path=path!("/setup") view=Page::Account(AccountPage::SetUp) ssr=SsrMode::Async />
            <Route path=path!("/account/:page") view=Page::Account(AccountPage::ByLink) ssr=SsrMode::Async />
            <Route path=path!("/invite/:token") view=Page::Account(AccountPage::Invite) ssr=SsrMode::Async />
            <Route path=path!("/forms/:name") view=ProblemPage ssr=SsrMode::Async />
            <Route path=path!("/consent/:handle") view=Page::Consent ssr=SsrMode::Async />
            <Route path=path!("/oauth/authorize") view=ProblemPage ssr=SsrMode::Async />
            <Route path=path!("/oauth/consent") view=ProblemPage ssr=SsrMode::Async />
            <Route path=path!("/grants/revoke") view=ProblemPage ssr=SsrMode::Async />
            <Route path=path!("/o/:org/settings/:tab") view=Page::Workspace(WorkspacePage::Settings) ssr=SsrMode::Async />
            <Route path=path!("/o/:org/:product") view=Page::Workspace(WorkspacePage::Product) ssr=SsrMode::Async />
            <Route path=path!("/settings/oauth-apps") view=Page::Registration(RegistrationPage::OauthApps) ssr=SsrMode::Async />
            <Route path=path!("/settings/oauth-apps/new") view=Page::Registration(RegistrationPage::NewOauthApp) ssr=SsrMode::Async />
            <Route path=path!("/settings/oauth-apps/:id") view=Page::Registration(RegistrationPage::OauthApp) ssr=SsrMode::Async />
            <Route path=path!("/admin/users/:id") view=Page::Account(AccountPage::User) ssr=SsrMode::Async />
            <Route path=path!("/admin/oauth-clients/new") view=Page::Registration(RegistrationPage::NewClient) ssr=SsrMode::Async />
            <Route path=path!("/admin/oauth-clients/:id") view=Page::Registration(RegistrationPage::Client) ssr=SsrMode::Async />
            <Route path=path!("/settings/:page") view=Page::Account(AccountPage::Own) ssr=SsrMode::Async />
            <Route path=path!("/admin/:page") view=Page::Account(AccountPage::Everybody) ssr=SsrMode::Async />
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
    /// Accounts: one's own, and those to come; and the lists of the administration.
    Account,
    /// Apps, one by one.
    Registration,
}

impl Area {
    /// The area that a path lies in; `None` where the main part has the page.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let mut segments = path.split('/').skip(1);
        match segments.next()? {
            "consent" => Some(Self::Consent),
            "o" => Some(Self::Workspace),
            // The list of every app is lighter than the pages about one.
            "settings" | "admin" => match (segments.next(), segments.next()) {
                (Some("oauth-apps"), _) | (Some("oauth-clients"), Some(_)) => Some(Self::Registration),
                _ => Some(Self::Account),
            },
            "setup" | "account" | "invite" => Some(Self::Account),
            _ => None,
        }
    }

    /// The name that the build gives it.
    #[cfg(feature = "ssr")]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Workspace => "workspace",
            Self::Account => "account",
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
            Self::Account => load_account().await?,
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
    Account(AccountPage),
    Registration(RegistrationPage),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum WorkspacePage {
    Settings,
    Product,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum AccountPage {
    SetUp,
    ByLink,
    Invite,
    Own,
    Everybody,
    User,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum RegistrationPage {
    OauthApps,
    NewOauthApp,
    OauthApp,
    NewClient,
    Client,
}

impl Page {
    const fn area(self) -> Area {
        match self {
            Self::Consent => Area::Consent,
            Self::Workspace(_) => Area::Workspace,
            Self::Account(_) => Area::Account,
            Self::Registration(_) => Area::Registration,
        }
    }
}

impl ChooseView for Page {
    async fn choose(self) -> AnyView {
        let view = match self {
            Self::Consent => consent().await,
            Self::Workspace(page) => workspace(page).await,
            Self::Account(page) => account(page).await,
            Self::Registration(page) => registration(page).await,
        };
        view.unwrap_or_else(|Unloaded| view! { <Stale /> }.into_any())
    }

    async fn preload(&self) {
        // The page that was left stays until this is done. What fails is tried again by `choose`, which tells.
        let _ = self.area().load().await;
    }
}

/// A page, and the dialog that its forms may open.
fn with_forms(page: impl FnOnce() -> AnyView) -> AnyView {
    Tell::provide();
    vec![page(), view! { <TellDialog /> }.into_any()].into_any()
}

#[wasm_split(consent, wasm_split_path = ::leptos::wasm_split, preload(load_consent), fallible)]
fn consent() -> Result<AnyView, Unloaded> {
    Ok(view! { <ConsentScreen /> }.into_any())
}

#[wasm_split(workspace, wasm_split_path = ::leptos::wasm_split, preload(load_workspace), fallible)]
fn workspace(page: WorkspacePage) -> Result<AnyView, Unloaded> {
    Ok(with_forms(|| match page {
        WorkspacePage::Settings => view! { <WorkspaceSettings /> }.into_any(),
        WorkspacePage::Product => view! { <Product /> }.into_any(),
    }))
}

#[wasm_split(account, wasm_split_path = ::leptos::wasm_split, preload(load_account), fallible)]
fn account(page: AccountPage) -> Result<AnyView, Unloaded> {
    Ok(with_forms(|| match page {
        AccountPage::SetUp => view! { <SetUp /> }.into_any(),
        AccountPage::ByLink => view! { <ByLink /> }.into_any(),
        AccountPage::Invite => view! { <Invite /> }.into_any(),
        AccountPage::Own => view! { <OwnAccount /> }.into_any(),
        AccountPage::Everybody => view! { <Everybody /> }.into_any(),
        AccountPage::User => view! { <AdminUser /> }.into_any(),
    }))
}

#[wasm_split(registration, wasm_split_path = ::leptos::wasm_split, preload(load_registration), fallible)]
fn registration(page: RegistrationPage) -> Result<AnyView, Unloaded> {
    Ok(match page {
        RegistrationPage::OauthApps => view! { <MyOauthApps /> }.into_any(),
        RegistrationPage::NewOauthApp => view! { <NewOauthApp /> }.into_any(),
        RegistrationPage::OauthApp => view! { <MyOauthApp /> }.into_any(),
        RegistrationPage::NewClient => view! { <NewAdminClient /> }.into_any(),
        RegistrationPage::Client => view! { <AdminClient /> }.into_any(),
    })
}
