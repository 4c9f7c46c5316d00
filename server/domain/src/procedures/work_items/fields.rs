//! The arguments about work items, checked as they are read.

use serde::Deserialize;
use types::work_item::{DESCRIPTION_MAX, TITLE_MAX};

use crate::oauth::text::keeps_to_itself;

/// Most work items in one answer.
pub const LIST_MAX: u16 = 200;
/// Work items in one answer when nothing is asked.
pub(super) const LIST_DEFAULT: u16 = 50;
/// Longer than any id.
pub(super) const ID_MAX: usize = 64;

/// What looks like an id.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct ItemId(pub(super) String);

impl TryFrom<String> for ItemId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if text.is_empty() || text.len() > ID_MAX || !letters {
            return Err("Give an id as list_work_items and create_work_item answer it: wrk_…".to_owned());
        }
        Ok(Self(text))
    }
}

/// A title without space around it, 1 to [`TITLE_MAX`] characters.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Title(pub(super) String);

impl TryFrom<String> for Title {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let title = text.trim();
        if title.is_empty() || title.chars().count() > TITLE_MAX {
            return Err(format!("Write 1 to {TITLE_MAX} characters."));
        }
        if title.chars().any(char::is_control) {
            return Err("Write one line without control characters.".to_owned());
        }
        keeps_to_itself(title).map_err(|flaw| flaw.to_string())?;
        Ok(Self(title.to_owned()))
    }
}

/// A description of at most [`DESCRIPTION_MAX`] characters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Description(pub(super) String);

impl TryFrom<String> for Description {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.chars().count() > DESCRIPTION_MAX {
            return Err(format!("Write at most {DESCRIPTION_MAX} characters."));
        }
        // PostgreSQL's text cannot hold it.
        if text.contains('\0') {
            return Err("Write text without NUL characters.".to_owned());
        }
        keeps_to_itself(&text).map_err(|flaw| flaw.to_string())?;
        Ok(Self(text))
    }
}

/// How many work items to list.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u64")]
pub struct Limit(pub(super) u16);

impl TryFrom<u64> for Limit {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        u16::try_from(number)
            .ok()
            .filter(|limit| (1..=LIST_MAX).contains(limit))
            .map(Self)
            .ok_or_else(|| format!("Ask for 1 to {LIST_MAX}."))
    }
}
