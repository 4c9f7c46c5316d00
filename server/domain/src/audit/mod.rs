//! Audit events: who did what, when and from where.

pub mod activity;
pub mod events;
#[cfg(not(feature = "tables"))]
mod tables;
#[cfg(feature = "tables")]
pub mod tables;

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use types::id::{ClientId, GrantId, OrganizationId, UserId};

use crate::{
    audit::tables::audit_event::{self, Column, Entity},
    clock::Millis,
    crypto::id,
    db::{
        database::CHUNK,
        pieces::{Piece, Pieces},
    },
    error::Result,
};

/// Begins the ids of events.
pub(crate) const PREFIX: &str = "evt";

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A client registered itself, or a person registered it.
    ClientRegistered,
    /// The description of a client was changed; the detail says what.
    ClientChanged,
    /// An administrator vouches for a client.
    ClientVerified,
    /// An administrator no longer vouches for it.
    ClientUnverified,
    /// An administrator marked a client as a resource server.
    ResourceServerMarked,
    /// An administrator took that back.
    ResourceServerUnmarked,
    /// An administrator had the document of a client fetched.
    DocumentRefreshed,
    /// An administrator wants the document of a client as it is stored.
    DocumentPinned,
    /// An administrator wants it fetched again.
    DocumentUnpinned,
    /// An administrator wrote the document of a client.
    DocumentEntered,
    /// Something else stands at the address of a client's document, or nothing; the detail says what.
    DocumentWithdrawn,
    /// Its owner switched a client off.
    ClientDisabled,
    /// Its owner switched it on again.
    ClientEnabled,
    /// An administrator switched a client off.
    ClientBlocked,
    /// An administrator switched it on again.
    ClientUnblocked,
    /// A client was deleted.
    ClientDeleted,
    /// Registrations that nobody ever used were removed; the detail says how many.
    ClientsRemoved,
    /// A client got a secret; the detail names it.
    SecretAdded,
    /// A secret of a client was ended; the detail names it.
    SecretRetired,
    /// A person let a client in.
    GrantAuthorized,
    /// Calls through a grant are refused until it is resumed.
    GrantPaused,
    /// Calls through a grant get through again.
    GrantResumed,
    /// Permissions were taken from a grant; the detail says what is left.
    GrantNarrowed,
    /// Permissions were added to a grant; the detail says what it has now.
    GrantWidened,
    /// A grant ended before its time; the detail says why.
    GrantRevoked,
    /// An operator added a signing key that will take over; the detail names it.
    KeyRotated,
    /// A person got an account.
    UserCreated,
    /// A person changed their name.
    UserRenamed,
    /// A person changed their password.
    PasswordChanged,
    /// A person set a new password with a link.
    PasswordReset,
    /// Somebody wanted a link that sets a new password; the detail names the person.
    ResetRequested,
    /// A person wants another e-mail address.
    EmailRequested,
    /// A person confirmed their new e-mail address.
    EmailChanged,
    /// A person ended sessions of theirs.
    SessionsEnded,
    /// An administrator keeps a person from signing in; the detail names them.
    UserDisabled,
    /// An administrator lets a person sign in again; the detail names them.
    UserEnabled,
    /// A person became an instance admin; the detail names them.
    AdminMade,
    /// A person is no instance admin any more; the detail names them.
    AdminUnmade,
    /// An account was deleted; the detail names it.
    UserDeleted,
    /// Somebody made an organization.
    OrganizationCreated,
    /// Name or address of an organization changed; the detail says to what.
    OrganizationChanged,
    /// An organization was deleted; the detail names it.
    OrganizationDeleted,
    /// Somebody made a product; the detail names it.
    ProductCreated,
    /// Name or address of a product changed; the detail says to what.
    ProductChanged,
    /// A product was deleted; the detail names it.
    ProductDeleted,
    /// Somebody was invited; the detail names the invitation.
    MemberInvited,
    /// An invitation was made void; the detail names it.
    InvitationWithdrawn,
    /// A person became a member; the detail says what they are.
    MemberJoined,
    /// A member is something else by now; the detail says who and what.
    MemberChanged,
    /// A membership was ended; the detail names the person.
    MemberRemoved,
    /// A person ended their own membership.
    MemberLeft,
}

types::words!(Action {
    ClientRegistered = "client.registered",
    ClientChanged = "client.changed",
    ClientVerified = "client.verified",
    ClientUnverified = "client.unverified",
    ResourceServerMarked = "client.serves",
    ResourceServerUnmarked = "client.serves_no_longer",
    DocumentRefreshed = "document.refreshed",
    DocumentPinned = "document.pinned",
    DocumentUnpinned = "document.unpinned",
    DocumentEntered = "document.entered",
    DocumentWithdrawn = "document.withdrawn",
    ClientDisabled = "client.disabled",
    ClientEnabled = "client.enabled",
    ClientBlocked = "client.blocked",
    ClientUnblocked = "client.unblocked",
    ClientDeleted = "client.deleted",
    ClientsRemoved = "clients.removed",
    SecretAdded = "secret.added",
    SecretRetired = "secret.retired",
    GrantAuthorized = "grant.authorized",
    GrantPaused = "grant.paused",
    GrantResumed = "grant.resumed",
    GrantNarrowed = "grant.narrowed",
    GrantWidened = "grant.widened",
    GrantRevoked = "grant.revoked",
    KeyRotated = "key.rotated",
    UserCreated = "user.created",
    UserRenamed = "user.renamed",
    PasswordChanged = "user.password_changed",
    PasswordReset = "user.password_reset",
    ResetRequested = "user.reset_requested",
    EmailRequested = "user.email_requested",
    EmailChanged = "user.email_changed",
    SessionsEnded = "user.sessions_ended",
    UserDisabled = "user.disabled",
    UserEnabled = "user.enabled",
    AdminMade = "user.admin_made",
    AdminUnmade = "user.admin_unmade",
    UserDeleted = "user.deleted",
    OrganizationCreated = "organization.created",
    OrganizationChanged = "organization.changed",
    OrganizationDeleted = "organization.deleted",
    ProductCreated = "product.created",
    ProductChanged = "product.changed",
    ProductDeleted = "product.deleted",
    MemberInvited = "member.invited",
    InvitationWithdrawn = "member.invitation_withdrawn",
    MemberJoined = "member.joined",
    MemberChanged = "member.changed",
    MemberRemoved = "member.removed",
    MemberLeft = "member.left",
});

/// An event to be added.
#[derive(Clone, Copy, Debug, Default)]
pub struct Event<'a> {
    /// The person who did it, if one did.
    pub actor_id: Option<&'a UserId>,
    /// The network address it came from.
    pub address: &'a str,
    /// The client it is about.
    pub client_id: Option<&'a ClientId>,
    /// The grant it is about.
    pub grant_id: Option<&'a GrantId>,
    /// The organization it is about.
    pub organization_id: Option<&'a OrganizationId>,
    /// More, in a few words.
    pub detail: Option<&'a str>,
}

/// Adds an event, in the transaction of what it tells.
pub async fn record(db: &impl ConnectionTrait, action: Action, event: Event<'_>, now: Millis) -> Result<()> {
    Entity::insert(row(action, event, now)).exec_without_returning(db).await?;
    Ok(())
}

/// Adds the same event for many things.
pub async fn record_all(
    db: &impl ConnectionTrait,
    action: Action,
    events: impl Iterator<Item = Event<'_>>,
    now: Millis,
) -> Result<()> {
    let rows: Vec<_> = events.map(|event| row(action, event, now)).collect();
    for chunk in rows.chunks(CHUNK) {
        Entity::insert_many(chunk.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Forgets what was recorded before `before`. Events are named by their moments.
pub async fn forget_before(pieces: Pieces<'_>, before: Millis) -> Result<()> {
    let old = Entity::find().filter(Column::Id.lt(id::earliest(PREFIX, before)));
    pieces.remove(old.order_by_asc(Column::Id)).await
}

/// Forgets what was recorded of these grants, as far as there is room.
pub async fn forget_of_grants(piece: &mut Piece, ids: &[GrantId]) -> Result<()> {
    piece.remove(Entity::find().filter(Column::GrantId.is_in(ids))).await
}

/// Forgets all that was recorded of these few clients, in a transaction.
pub async fn forget_of_clients(db: &impl ConnectionTrait, ids: &[ClientId]) -> Result<()> {
    Entity::delete_many().filter(Column::ClientId.is_in(ids)).exec(db).await?;
    Ok(())
}

/// Forgets what a person did, up to the event of this name.
pub async fn forget_of_actor(pieces: Pieces<'_>, user_id: &str, last: &str) -> Result<()> {
    let old = Entity::find().filter(Column::ActorId.eq(user_id)).filter(Column::Id.lte(last));
    pieces.remove(old.order_by_asc(Column::Id)).await
}

fn row(action: Action, event: Event<'_>, now: Millis) -> audit_event::ActiveModel {
    audit_event::ActiveModel {
        id: Set(id::new(PREFIX, now)),
        at: Set(now),
        action: Set(action),
        actor_id: Set(event.actor_id.cloned()),
        address: Set(event.address.to_owned()),
        client_id: Set(event.client_id.cloned()),
        grant_id: Set(event.grant_id.cloned()),
        organization_id: Set(event.organization_id.cloned()),
        detail: Set(event.detail.map(str::to_owned)),
    }
}
