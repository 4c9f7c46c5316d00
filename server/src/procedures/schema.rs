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
        .with_transform(RecursiveTransform(drop_number_format));
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    // The procedure has its own.
    schema.remove("title");
    schema.remove("description");
    match schema.to_value() {
        Value::Object(object) => object,
        other => unreachable!("a procedure's types are structs, so their schemas are objects: {other}"),
    }
}

/// `format: uint32` means nothing to JSON Schema, and validators complain about it.
fn drop_number_format(schema: &mut Schema) {
    if matches!(schema.get("type").and_then(Value::as_str), Some("integer" | "number")) {
        schema.remove("format");
    }
}
