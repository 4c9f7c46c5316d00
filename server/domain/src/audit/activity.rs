//! Audit events as sentences, with what the viewer may know of who did it.

use std::collections::HashMap;

use types::{
    activity::{Activity, ActivityEvent},
    failure::Failure,
    grant::RevokeReason,
    id::OrganizationId,
    role::OrgRole,
};

use crate::{
    actor::Actor,
    audit::{
        Action,
        events::{self, About, StoredEvent},
    },
    db::Database,
};

/// The organizations that somebody belongs to, with their role in each.
pub(crate) type Standing = HashMap<OrganizationId, OrgRole>;

/// One page of what happened, newest first.
///
/// Whoever registers an app does not learn by it who people of other organizations are, nor where anybody works: the
/// name of whoever let the app in is for members of that organization, the network address for its managers. `standing` is
/// that of the viewer.
pub(crate) async fn page(
    db: &Database,
    actor: &Actor,
    standing: &Standing,
    about: About<'_>,
    number: u64,
) -> Result<Activity, Failure> {
    let (events, total) = events::list(db.lists(), about, number).await?;
    let events = events.into_iter().map(|event| told(event, actor, standing)).collect();
    Ok(Activity { events, total, page: number.max(1) })
}

fn told(event: StoredEvent, actor: &Actor, standing: &Standing) -> ActivityEvent {
    let (what, detail, without_actor) = sentence(&event);
    let mine = event.actor_id.as_ref() == Some(&actor.viewer.user_id);
    let membership = event.organization_id.as_ref().map(|id| standing.get(id));
    let knows_all = actor.viewer.instance_admin || mine;
    let knows_name = knows_all || membership.is_none_or(|membership| membership.is_some());
    let knows_address = knows_all || membership.flatten().is_some_and(|role| role.manages());
    ActivityEvent {
        at: event.at,
        what: what.to_owned(),
        detail,
        actor: match event.actor_id {
            Some(_) if knows_name => event.actor.unwrap_or_else(|| "A former user".to_owned()),
            Some(_) => "Somebody".to_owned(),
            None => without_actor.to_owned(),
        },
        // What the server does by itself comes from nowhere.
        address: Some(event.address).filter(|address| knows_address && !address.is_empty()),
    }
}

/// The words for an event, more about it, and the actor when no person did it.
fn sentence(event: &StoredEvent) -> (&'static str, Option<String>, &'static str) {
    let (what, without_actor) = match event.action {
        Action::ClientRegistered => ("Registered the app", "The app itself"),
        Action::ClientChanged => ("Changed the app", "Gatepass"),
        Action::ClientVerified => ("Verified the app", "Gatepass"),
        Action::ClientUnverified => ("Removed the verification", "Gatepass"),
        Action::ResourceServerMarked => ("Marked the app as a resource server", "Gatepass"),
        Action::ResourceServerUnmarked => ("Removed the resource server mark", "Gatepass"),
        Action::DocumentRefreshed => ("Fetched the client ID document", "Gatepass"),
        Action::DocumentPinned => ("Pinned the client ID document", "Gatepass"),
        Action::DocumentUnpinned => ("Unpinned the client ID document", "Gatepass"),
        Action::DocumentEntered => ("Entered the client ID document", "Gatepass"),
        Action::DocumentWithdrawn => ("Withdrew the client ID document", "The app itself"),
        Action::ClientDisabled => ("Disabled the app", "Gatepass"),
        Action::ClientEnabled => ("Enabled the app", "Gatepass"),
        Action::ClientBlocked => ("Blocked the app", "Gatepass"),
        Action::ClientUnblocked => ("Unblocked the app", "Gatepass"),
        Action::ClientDeleted => ("Deleted the app", "Gatepass"),
        Action::ClientsRemoved => ("Removed registrations that nobody used", "Gatepass"),
        Action::SecretAdded => ("Added a client secret", "The app itself"),
        Action::SecretRetired => ("Retired a client secret", "Gatepass"),
        Action::GrantAuthorized => ("Authorized the app", "Gatepass"),
        Action::GrantPaused => ("Paused an authorization", "Gatepass"),
        Action::GrantResumed => ("Resumed an authorization", "Gatepass"),
        Action::GrantNarrowed => ("Took permissions from an authorization", "Gatepass"),
        Action::GrantWidened => ("Added permissions to an authorization", "Gatepass"),
        Action::KeyRotated => ("Rotated the signing keys", "Gatepass"),
        Action::UserCreated => ("Made the account", "Gatepass"),
        Action::UserRenamed => ("Changed the name", "Gatepass"),
        Action::PasswordChanged => ("Changed the password", "Gatepass"),
        Action::PasswordReset => ("Set a new password", "Gatepass"),
        Action::ResetRequested => ("Asked for a password link", "Gatepass"),
        Action::EmailRequested => ("Asked to change the e-mail address", "Gatepass"),
        Action::EmailChanged => ("Changed the e-mail address", "Gatepass"),
        Action::SessionsEnded => ("Ended sessions", "Gatepass"),
        Action::UserDisabled => ("Disabled an account", "Gatepass"),
        Action::UserEnabled => ("Enabled an account", "Gatepass"),
        Action::AdminMade => ("Made an administrator", "Gatepass"),
        Action::AdminUnmade => ("Took an administrator's rights", "Gatepass"),
        Action::UserDeleted => ("Deleted the account", "Gatepass"),
        Action::OrganizationCreated => ("Made the organization", "Gatepass"),
        Action::OrganizationChanged => ("Changed the organization", "Gatepass"),
        Action::OrganizationDeleted => ("Deleted the organization", "Gatepass"),
        Action::ProductCreated => ("Made a product", "Gatepass"),
        Action::ProductChanged => ("Changed a product", "Gatepass"),
        Action::ProductDeleted => ("Deleted a product", "Gatepass"),
        Action::MemberInvited => ("Invited somebody", "Gatepass"),
        Action::InvitationWithdrawn => ("Withdrew an invitation", "Gatepass"),
        Action::MemberJoined => ("Joined the organization", "Gatepass"),
        Action::MemberChanged => ("Changed a member's roles", "Gatepass"),
        Action::MemberRemoved => ("Removed a member", "Gatepass"),
        Action::MemberLeft => ("Left the organization", "Gatepass"),
        Action::GrantRevoked => {
            let reason = event.detail.as_deref().unwrap_or_default().parse().unwrap_or(RevokeReason::Person);
            let detail = reason.reason().map(str::to_owned);
            let without_actor = if reason == RevokeReason::Client { "The app itself" } else { "Gatepass" };
            return ("Revoked an authorization", detail, without_actor);
        }
    };
    (what, event.detail.clone(), without_actor)
}
