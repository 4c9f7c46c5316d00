//! Names in addresses: made of a name, chosen by people, and leading on for a while after they were given up.

use icu_normalizer::DecomposingNormalizerBorrowed;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};
use types::{
    failure::Failure,
    slug::{self, SLUG_MAX},
};

use crate::{
    clock::{DAY, Millis},
    db::{database::storable, pieces::Pieces},
    error::Result,
    workspaces::tables::former_slug::{self, Column, Entity},
};

/// The time for which an address leads on after it was given up.
const LEADS_ON: Millis = 90 * DAY;
/// Most numbers that are tried behind a slug that is taken.
const TRIES: u32 = 1_000;

/// The slug that a person typed into the field `slug`.
///
/// # Errors
/// [`Failure::Invalid`].
pub(super) fn typed(text: &str) -> Result<String, Failure> {
    let text = text.trim();
    slug::check(text)
        .map_err(|reason| Failure::Invalid { field: "slug".to_owned(), message: reason.to_string() })?;
    Ok(text.to_owned())
}

/// The refusal of a slug that something else has.
pub(super) fn taken() -> Failure {
    let message = "Something else has this address. Choose another one.".to_owned();
    Failure::Invalid { field: "slug".to_owned(), message }
}

/// Slugs that a name may get, the best first: itself, then with numbers. `fallback` is for names without a Latin letter.
pub(super) fn candidates(name: &str, fallback: &str) -> impl Iterator<Item = String> {
    let base = slug::of(&DecomposingNormalizerBorrowed::new_nfkd().normalize(name));
    let base = if base.is_empty() { fallback.to_owned() } else { base };
    let numbered = {
        let base = base.clone();
        (2..TRIES).map(move |number| {
            let end = format!("-{number}");
            let room = SLUG_MAX - end.len();
            format!("{}{end}", base.get(..room).unwrap_or(&base).trim_end_matches('-'))
        })
    };
    std::iter::once(base).chain(numbered).filter(|slug| slug::check(slug).is_ok())
}

/// The address of an organization, or of a product in one.
pub(super) fn address(organization_id: Option<&str>, slug: &str) -> String {
    organization_id.map_or_else(|| slug.to_owned(), |id| format!("{id}/{slug}"))
}

/// Lets an address lead on to what had it, for 90 days.
pub(super) async fn give_up(
    db: &impl ConnectionTrait,
    address: String,
    target_id: &str,
    now: Millis,
) -> Result<()> {
    let row = former_slug::ActiveModel {
        address: Set(address),
        target_id: Set(target_id.to_owned()),
        expires_at: Set(now + LEADS_ON),
    };
    let replace =
        OnConflict::column(Column::Address).update_columns([Column::TargetId, Column::ExpiresAt]).to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}

/// The id of what had this address until a while ago.
pub(super) async fn former(db: &impl ConnectionTrait, address: &str, now: Millis) -> Result<Option<String>> {
    if !storable(address) {
        return Ok(None);
    }
    let row = Entity::find_by_id(address).filter(Column::ExpiresAt.gt(now)).one(db).await?;
    Ok(row.map(|row| row.target_id))
}

/// Makes an address lead nowhere any more: something has it again.
pub(super) async fn take(db: &impl ConnectionTrait, address: &str) -> Result<()> {
    Entity::delete_by_id(address).exec(db).await?;
    Ok(())
}

/// Forgets addresses that led on for long enough.
pub(super) async fn remove_expired(pieces: Pieces<'_>, now: Millis) -> Result<()> {
    let expired = Entity::find().filter(Column::ExpiresAt.lte(now));
    pieces.remove(expired.order_by_asc(Column::ExpiresAt)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gets_a_slug_and_one_that_is_taken_a_number() {
        let of = |name: &str| candidates(name, "workspace").take(2).collect::<Vec<_>>();
        assert_eq!(of("Söhne & Co"), ["sohne-co", "sohne-co-2"]);
        assert_eq!(of("Привет"), ["workspace", "workspace-2"]);
        assert_eq!(of("Settings"), ["settings-2", "settings-3"]);
        let long = of(&"abcdefghi ".repeat(8));
        assert_eq!(long[0], "abcdefghi-abcdefghi-abcdefghi-abcdefghi");
        assert_eq!(long[1], "abcdefghi-abcdefghi-abcdefghi-abcdefgh-2");
    }
}
