//! Accounts: one's own, and those to come.

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::context::{answer, backend, signed_in, visit};
use crate::wire::{Failed, JsonPost};
use types::account::{InvitePage, LinkPage, ProfilePage, SessionsPage};

/// The viewer's own account.
#[server(endpoint = "profile", protocol = JsonPost)]
pub async fn profile() -> Result<ProfilePage, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::accounts::profile::profile(&backend(), &actor).await)
}

/// The viewer's sign-ins.
#[server(endpoint = "sessions", protocol = JsonPost)]
pub async fn sessions() -> Result<SessionsPage, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::accounts::profile::sessions(&backend(), &actor).await)
}

/// The purpose of a link that somebody was given.
#[server(endpoint = "opened_link", protocol = JsonPost)]
pub async fn opened_link(token: String) -> Result<LinkPage, Failed> {
    answer(domain::flows::passwords::link_page(&backend(), &token).await)
}

/// An invitation, for whoever has its link.
#[server(endpoint = "invitation", protocol = JsonPost)]
pub async fn invitation(token: String) -> Result<InvitePage, Failed> {
    answer(domain::flows::joining::invitation_page(&backend(), &visit(), &token).await)
}
