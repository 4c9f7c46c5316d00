//! A client at a glance.

use leptos::prelude::*;

use crate::components::{
    badge::client_status,
    format::grouped,
    page::facts,
    text::{code, main, name, note, plain, quiet, website},
    time::{Ago, ago_or_never},
};
use types::client::{ClientDetails, ClientType};

/// The facts that owner and administrators see of a client, and `more`.
pub(crate) fn identity(client: &ClientDetails, more: Vec<(&'static str, AnyView)>) -> AnyView {
    let now = client.now;
    let kind = match client.kind {
        ClientType::Confidential => "A web server with a client secret",
        ClientType::Public => "A browser, desktop or mobile app without a secret",
    };
    let mut shown = vec![
        ("Status", client_status(client.status)),
        ("Type", vec![plain(client.kind.label()), note(plain(kind))].into_any()),
        ("Users", plain(grouped(client.users))),
        ("Grants", plain(grouped(client.grants))),
        ("Last used", ago_or_never(now, client.last_used_at)),
        ("Created", view! { <Ago now at=client.created_at /> }.into_any()),
    ];
    shown.extend(more);
    facts(shown)
}

/// The description of a client.
pub(crate) fn said(client: &ClientDetails) -> Vec<(&'static str, AnyView)> {
    let uris: Vec<_> = client.redirect_uris.iter().map(|uri| main(code(uri.clone()))).collect();
    let description = match client.description.as_str() {
        "" => quiet("None"),
        text => name(text.to_owned()),
    };
    vec![
        ("Redirect URIs", uris.into_any()),
        ("Website", client.website.clone().map_or_else(|| quiet("None"), website)),
        ("Description", description),
    ]
}
