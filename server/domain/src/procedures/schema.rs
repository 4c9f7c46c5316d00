//! JSON Schemas of arguments and answers, by schemars, in the form that every client reads: no references, no number
//! formats of Rust, no dialect.

use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::Value;

/// A JSON object.
pub type JsonObject = serde_json::Map<String, Value>;

/// The schema of what a type reads.
pub(super) fn of_input<T: JsonSchema>() -> JsonObject {
    generate::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// The schema of what a type writes.
pub(super) fn of_output<T: JsonSchema>() -> JsonObject {
    generate::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn generate<T: JsonSchema>(settings: SchemaSettings) -> JsonObject {
    let settings = settings
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .with_transform(RecursiveTransform(tidy));
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    // The procedure has its own.
    schema.remove("title");
    schema.remove("description");
    match schema.to_value() {
        Value::Object(object) => object,
        other => unreachable!("a procedure's types are structs, so their schemas are objects: {other}"),
    }
}

/// Arguments as their schema means them: integers that are written `3.0` are integers (JSON Schema 2020-12, validation
/// §6.1.1), and `null` stands nowhere, since no schema names it.
///
/// # Errors
/// The name of the argument that is `null`.
pub(super) fn read(schema: &JsonObject, mut arguments: JsonObject) -> Result<JsonObject, String> {
    for (name, value) in &mut arguments {
        if value.is_null() {
            return Err(name.clone());
        }
        let kind = schema.get("properties").and_then(|fields| fields.get(name)?.get("type")?.as_str());
        if kind == Some("integer")
            && let Some(integer) = value.as_f64().and_then(whole)
        {
            *value = integer.into();
        }
    }
    Ok(arguments)
}

/// The integer that a number is, where it can be told exactly (2^53).
fn whole(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and fits")]
    exact.then_some(number as i64)
}

/// Takes out what means nothing to JSON Schema, or something else: `format: uint32`, and `null` for what may be absent.
fn tidy(schema: &mut Schema) {
    forget_null(schema);
    if matches!(schema.get("type").and_then(Value::as_str), Some("integer" | "number")) {
        schema.remove("format");
    }
    // schemars takes the default of an `Option`, which is no value of the field.
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}

/// Rust has one `None` for what is absent and what is `null`; here it is absent.
fn forget_null(schema: &mut Schema) {
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = &kinds[..] {
            let kind = kind.clone();
            schema.insert("type".to_owned(), kind);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
        if let [Value::Object(_)] = &choices[..]
            && let Some(Value::Object(choice)) = choices.pop()
        {
            schema.remove("anyOf");
            for (name, value) in choice {
                schema.ensure_object().entry(name).or_insert(value);
            }
        }
    }
}
