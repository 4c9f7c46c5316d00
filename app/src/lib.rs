//! The pages of Gatepass, and the types that browser and server share.

pub mod api;
mod components;
#[cfg(feature = "ssr")]
pub mod context;
mod pages;
#[cfg(feature = "ssr")]
mod shell;
mod wire;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

#[cfg(feature = "ssr")]
pub use shell::shell;

use components::{
    load::PageResource,
    navbar::Navbar,
    toast::{Toaster, Toasts},
};
use pages::{
    admin_client::AdminClient,
    admin_clients::AdminClients,
    apps::AppsTab,
    client::create::{NewAdminClient, NewOauthApp},
    consent::ConsentScreen,
    home::Home,
    not_found::NotFound,
    oauth_app::MyOauthApp,
    oauth_apps::MyOauthApps,
    problem::ProblemPage,
    product::Product,
    sign_in::SignIn,
};

/// The whole application: frame and routes.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let frame = PageResource::new(String::new, api::current_frame);
    let toaster = Toaster::provide();
    view! {
        <Router>
            <a class="skip" href="#main" rel="external">"Skip to content"</a>
            <Navbar frame />
            <main id="main" tabindex="-1">
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=move || view! { <Home frame /> } ssr=SsrMode::Async />
                    <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async />
                    <Route path=path!("/consent/:handle") view=ConsentScreen ssr=SsrMode::Async />
                    <Route path=path!("/oauth/authorize") view=ProblemPage ssr=SsrMode::Async />
                    <Route path=path!("/oauth/consent") view=ProblemPage ssr=SsrMode::Async />
                    <Route path=path!("/grants/revoke") view=ProblemPage ssr=SsrMode::Async />
                    <Route path=path!("/o/:org/settings/apps") view=AppsTab ssr=SsrMode::Async />
                    <Route path=path!("/o/:org/:product") view=Product ssr=SsrMode::Async />
                    <Route path=path!("/settings/oauth-apps") view=MyOauthApps ssr=SsrMode::Async />
                    <Route path=path!("/settings/oauth-apps/new") view=NewOauthApp ssr=SsrMode::Async />
                    <Route path=path!("/settings/oauth-apps/:id") view=MyOauthApp ssr=SsrMode::Async />
                    <Route path=path!("/admin/oauth-clients") view=AdminClients ssr=SsrMode::Async />
                    <Route path=path!("/admin/oauth-clients/new") view=NewAdminClient ssr=SsrMode::Async />
                    <Route path=path!("/admin/oauth-clients/:id") view=AdminClient ssr=SsrMode::Async />
                </Routes>
            </main>
            <Toasts toaster />
        </Router>
    }
}
