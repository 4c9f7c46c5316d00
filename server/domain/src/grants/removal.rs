//! Grants that are forgotten, with what hangs on them.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use types::{grant::GrantStatus, id::GrantId};

use crate::{
    audit,
    clock::Millis,
    db::pieces::{PIECE, Piece, Pieces},
    error::Result,
    grants::{
        has_status,
        tables::{
            code,
            grant::{self, Column, Entity},
            refresh_token, service_token,
        },
    },
};

/// The fate of the record of grants that are forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// It stays as long as every record.
    Kept,
    /// It goes with them.
    Forgotten,
}

/// Forgets grants whose code was never exchanged and that were authorized before `before`, with what was recorded of
/// them: nobody ever saw them.
pub async fn remove_expired(pieces: Pieces<'_>, before: Millis) -> Result<()> {
    let expired = Entity::find()
        .filter(has_status(GrantStatus::Expired))
        .filter(Column::AuthorizedAt.lt(before))
        .order_by_asc(Column::AuthorizedAt);
    remove_all(pieces, expired, Record::Forgotten).await
}

/// Forgets grants that were revoked before `before`. What was recorded of them stays.
pub async fn remove_ended(pieces: Pieces<'_>, before: Millis) -> Result<()> {
    // Only those have such a moment. By their status, SQLite would read all that ever ended.
    let ended = Entity::find()
        .filter(Column::RevokedAt.lt(before))
        .filter(Column::Uncounted.is_null())
        .order_by_asc(Column::RevokedAt);
    remove_all(pieces, ended, Record::Kept).await
}

async fn remove_all(pieces: Pieces<'_>, which: Select<grant::Entity>, record: Record) -> Result<()> {
    let next = which.select_only().column(Column::Id).limit(PIECE);
    let mut run = pieces.run();
    while let Some(piece) = run.next().await? {
        let ids: Vec<GrantId> = next.clone().into_tuple().all(piece.db()).await?;
        remove(piece, &ids, record).await?;
    }
    Ok(())
}

/// Removes grants that have ended, as far as there is room: what hangs on them goes first, and counts.
pub(super) async fn remove(piece: &mut Piece, ids: &[GrantId], record: Record) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    if record == Record::Forgotten {
        audit::forget_of_grants(piece, ids).await?;
    }
    piece.remove(code::Entity::find().filter(code::Column::GrantId.is_in(ids))).await?;
    piece.remove(refresh_token::Entity::find().filter(refresh_token::Column::GrantId.is_in(ids))).await?;
    piece.remove(service_token::Entity::find().filter(service_token::Column::GrantId.is_in(ids))).await?;
    piece.remove(Entity::find().filter(Column::Id.is_in(ids))).await
}
