//! What commands print: for people, or with `--json` for programs.

use domain::{clock::Millis, error::Result};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Prints what was done: a sentence, or a JSON object.
pub(super) fn done(as_json: bool, sentence: &str, fields: Value) {
    if as_json {
        println!("{fields}");
    } else {
        println!("{sentence}");
    }
}

/// Prints a list: a JSON array, or columns.
pub(super) fn list(as_json: bool, columns: &[&str], rows: Vec<Vec<Value>>) -> Result<()> {
    if as_json {
        let object = |row: Vec<Value>| {
            columns.iter().map(|column| (*column).to_owned()).zip(row).collect::<serde_json::Map<_, _>>()
        };
        println!("{}", json!(rows.into_iter().map(object).collect::<Vec<_>>()));
        return Ok(());
    }
    let head = columns.iter().map(|column| column.to_uppercase()).collect();
    let rows: Vec<Vec<String>> =
        std::iter::once(head).chain(rows.iter().map(|row| row.iter().map(text).collect())).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<_> = (0..columns.len()).map(width).collect();
    for row in &rows {
        let cells: Vec<_> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())))
            .collect();
        println!("{}", cells.join("  ").trim_end());
    }
    Ok(())
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    }
}

/// A moment as people and programs write it (RFC 3339).
pub(super) fn utc(moment: Millis) -> String {
    let seconds = OffsetDateTime::from_unix_timestamp(moment / 1_000).ok();
    seconds.and_then(|seconds| seconds.format(&Rfc3339).ok()).unwrap_or_else(|| format!("{moment} ms"))
}
