//! Connection details: what to tell an app so that it can ask for access. Never a token.

use leptos::prelude::*;

use crate::{
    api::share,
    components::{
        badge::ScopeBadge,
        copyable::{Copyable, Snippet},
        dialog::Dialog,
        load::PageResource,
    },
};
use types::{
    apps::ConnectionDetails,
    scope::{AccessLevel, Resource, Scope},
};

/// Shows the addresses of the workspace, and how to connect.
#[component]
pub(crate) fn ShareDialog(
    /// Says if it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Dialog open close=move |()| open.set(false) id="share" title="Connection details".to_owned() wide=true>
            <Fetched />
        </Dialog>
    }
    .into_any()
}

/// Exists while the dialog is open: the details are fetched when somebody wants them.
#[component]
fn Fetched() -> impl IntoView {
    PageResource::new(String::new, share).shown_inside(|details| view! { <Details details /> }.into_any())
}

#[component]
fn Details(details: ConnectionDetails) -> impl IntoView {
    let ConnectionDetails { mcp_url, api_url, discovery } = details;
    let snippets = snippets(&mcp_url, &api_url);
    view! {
        <div class="share">
            <ResourceDetails resource=Resource::Mcp title="MCP Server" url=mcp_url />
            <ResourceDetails resource=Resource::Api title="REST API" url=api_url />
            <section>
                <h3>"Connect"</h3>
                <p class="share-about">"AI tools ask you for consent in the browser. Nothing here holds a token."</p>
                {snippets
                    .into_iter()
                    .map(|(name, place, code)| view! { <Snippet name place code /> }.into_any())
                    .collect::<Vec<_>>()}
            </section>
            <section>
                <h3>"Discovery"</h3>
                {discovery.into_iter().map(|(name, url)| view! { <Copyable name text=url /> }.into_any()).collect::<Vec<_>>()}
            </section>
        </div>
    }
    .into_any()
}

#[component]
fn ResourceDetails(resource: Resource, title: &'static str, url: String) -> impl IntoView {
    view! {
        <section>
            <h3>{title}</h3>
            <Copyable name="URL" text=url />
            <ul class="share-scopes" role="list">
                {AccessLevel::ALL
                    .map(|level| Scope::new(resource, level))
                    .map(|scope| {
                        view! {
                            <li>
                                <ScopeBadge scope />
                                " "
                                <code>{scope.to_string()}</code>
                            </li>
                        }
                        .into_any()
                    })
                    .into_iter()
                    .collect::<Vec<_>>()}
            </ul>
        </section>
    }
}

/// For each client: its name, where the snippet goes, and the snippet.
fn snippets(mcp: &str, api: &str) -> [(&'static str, &'static str, String); 5] {
    let servers =
        |root: &str, server: String| format!("{{\n  \"{root}\": {{\n    \"gatepass\": {server}\n  }}\n}}");
    [
        (
            "Claude",
            "In a terminal, for Claude Code",
            format!("claude mcp add --transport http gatepass {mcp}"),
        ),
        ("Cursor", "~/.cursor/mcp.json", servers("mcpServers", format!("{{ \"url\": \"{mcp}\" }}"))),
        (
            "VS Code",
            ".vscode/mcp.json",
            servers("servers", format!("{{ \"type\": \"http\", \"url\": \"{mcp}\" }}")),
        ),
        (
            "Windsurf",
            "~/.codeium/windsurf/mcp_config.json",
            servers("mcpServers", format!("{{ \"serverUrl\": \"{mcp}\" }}")),
        ),
        (
            "curl",
            "In a terminal, with an access token in $ACCESS_TOKEN",
            format!("curl -H \"Authorization: Bearer $ACCESS_TOKEN\" {api}/work-items"),
        ),
    ]
}
