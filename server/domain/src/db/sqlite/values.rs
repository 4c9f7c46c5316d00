//! Values on their way into SQLite and out of it. SeaORM is strict about what comes out: a boolean and JSON are told from
//! a number and a text by the type that their column was declared with.

use std::collections::BTreeMap;

use rusqlite::{
    Row, Statement as Prepared, ToSql,
    types::{ToSqlOutput, Value as Owned, ValueRef},
};
use sea_orm::{DbErr, ProxyRow, QueryResult, Statement, Value, Values};

use super::failure::of_statement;

/// A value of SeaORM's as SQLite takes it, without a copy.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let integer =
            |number: Option<i64>| Ok(ToSqlOutput::Owned(number.map_or(Owned::Null, Owned::Integer)));
        match self.0 {
            Value::Bool(value) => integer(value.map(i64::from)),
            Value::TinyInt(value) => integer(value.map(i64::from)),
            Value::SmallInt(value) => integer(value.map(i64::from)),
            Value::Int(value) => integer(value.map(i64::from)),
            Value::BigInt(value) => integer(*value),
            Value::TinyUnsigned(value) => integer(value.map(i64::from)),
            Value::SmallUnsigned(value) => integer(value.map(i64::from)),
            Value::Unsigned(value) => integer(value.map(i64::from)),
            Value::BigUnsigned(Some(value)) => match i64::try_from(*value) {
                Ok(value) => integer(Some(value)),
                Err(error) => Err(rusqlite::Error::ToSqlConversionFailure(error.into())),
            },
            Value::BigUnsigned(None) => integer(None),
            Value::Double(value) => Ok(ToSqlOutput::Owned(value.map_or(Owned::Null, Owned::Real))),
            Value::String(value) => Ok(borrowed(value.as_ref().map(|text| ValueRef::Text(text.as_bytes())))),
            Value::Bytes(value) => Ok(borrowed(value.as_ref().map(|bytes| ValueRef::Blob(bytes)))),
            Value::Json(value) => {
                let text = value.as_ref().map_or(Owned::Null, |json| Owned::Text(json.to_string()));
                Ok(ToSqlOutput::Owned(text))
            }
            other => {
                let unknown = format!("a value that SQLite has no form for: {other:?}");
                Err(rusqlite::Error::ToSqlConversionFailure(unknown.into()))
            }
        }
    }
}

fn borrowed(value: Option<ValueRef<'_>>) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(value.unwrap_or(ValueRef::Null))
}

/// Binds the values of a statement. SQLite counts `$2` as a name, in the order in which names first stand there: so a
/// parameter that says its number gets the value of that number.
pub(super) fn bind(prepared: &mut Prepared<'_>, statement: &Statement) -> Result<(), DbErr> {
    let Some(Values(values)) = &statement.values else { return Ok(()) };
    for index in 1..=prepared.parameter_count() {
        let named = prepared.parameter_name(index).and_then(|name| name.strip_prefix('$')?.parse().ok());
        let number: usize = named.unwrap_or(index);
        let value = values.get(number - 1).ok_or_else(|| DbErr::Type(format!("no value for ${number}")))?;
        prepared.raw_bind_parameter(index, Bound(value)).map_err(of_statement)?;
    }
    Ok(())
}

/// The type that a column was declared with, as far as it says more than its values do.
#[derive(Clone, Copy)]
enum Declared {
    Boolean,
    Json,
    Other,
}

/// The columns of what a statement answers.
pub(super) struct Columns(Vec<(String, Declared)>);

impl Columns {
    pub(super) fn of(prepared: &Prepared<'_>) -> Self {
        let columns = prepared.columns();
        Self(
            columns
                .iter()
                .map(|column| {
                    let declared = match column.decl_type() {
                        Some(declared) if declared.eq_ignore_ascii_case("boolean") => Declared::Boolean,
                        Some(declared) if declared.eq_ignore_ascii_case("json") => Declared::Json,
                        _ => Declared::Other,
                    };
                    (column.name().to_owned(), declared)
                })
                .collect(),
        )
    }

    /// The values of a row by their names.
    pub(super) fn read(&self, row: &Row<'_>) -> Result<QueryResult, DbErr> {
        let mut values = BTreeMap::new();
        for (index, (name, declared)) in self.0.iter().enumerate() {
            let value = match (row.get_ref(index).map_err(of_statement)?, declared) {
                (ValueRef::Null, _) => Value::String(None),
                (ValueRef::Integer(number), Declared::Boolean) => Value::Bool(Some(number != 0)),
                (ValueRef::Integer(number), _) => Value::BigInt(Some(number)),
                (ValueRef::Real(number), _) => Value::Double(Some(number)),
                (ValueRef::Text(text), Declared::Json) => {
                    let json =
                        serde_json::from_slice(text).map_err(|error| DbErr::Json(error.to_string()))?;
                    Value::Json(Some(Box::new(json)))
                }
                (ValueRef::Text(text), _) => match std::str::from_utf8(text) {
                    Ok(text) => text.into(),
                    Err(error) => return Err(DbErr::Type(format!("{name}: {error}"))),
                },
                (ValueRef::Blob(bytes), _) => Value::Bytes(Some(bytes.to_vec())),
            };
            values.insert(name.clone(), value);
        }
        Ok(ProxyRow::new(values).into())
    }
}
