//! Names that people give themselves and what is theirs.

use types::{account::NAME_MAX, failure::Failure};

use crate::oauth::text::presentable;

/// The name that a person typed into this field, without what hides or reorders.
///
/// # Errors
/// [`Failure::Invalid`] when nothing can be seen of it, or it is too long.
pub fn typed(field: &str, text: &str) -> Result<String, Failure> {
    let invalid = |message: String| Failure::Invalid { field: field.to_owned(), message };
    if text.trim().chars().count() > NAME_MAX {
        return Err(invalid(format!("Write at most {NAME_MAX} characters.")));
    }
    let name = presentable(text, NAME_MAX);
    if name.is_empty() {
        return Err(invalid("Write a name that can be seen.".to_owned()));
    }
    Ok(name)
}
