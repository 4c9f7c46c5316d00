//! Reads JSON into types, in little code.
//!
//! serde_json reads text and builds a type in one go, and brings its code for the text again for every type: for a
//! browser that is a tenth of the whole application. Here the text is read once, into a tree, and the types are
//! built from that. Numbers are whole, names of fields are text; the types of this application need no more.

use leptos::serde_json::{Value, map};
use serde::{
    Deserializer,
    de::{self, DeserializeOwned, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor},
    forward_to_deserialize_any,
};

/// The text is not JSON, or says something else than the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unreadable")]
pub struct Unreadable;

impl de::Error for Unreadable {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Reads a value out of its JSON.
///
/// # Errors
/// [`Unreadable`] when the text is not JSON, or says something else.
pub fn read<T: DeserializeOwned>(json: &str) -> Result<T, Unreadable> {
    T::deserialize(JsonDeserializer(parse(json)?))
}

fn parse(json: &str) -> Result<Value, Unreadable> {
    leptos::serde_json::from_str(json).map_err(|_| Unreadable)
}

struct JsonDeserializer(Value);

impl<'de> Deserializer<'de> for JsonDeserializer {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unreadable> {
        Err(Unreadable)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if let Value::Bool(value) = self.0 { visitor.visit_bool(value) } else { Err(Unreadable) }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_i64(self.0.as_i64().ok_or(Unreadable)?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_u64(self.0.as_u64().ok_or(Unreadable)?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if let Value::String(text) = self.0 { visitor.visit_string(text) } else { Err(Unreadable) }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if let Value::Array(items) = self.0 {
            visitor.visit_seq(Items(items.into_iter()))
        } else {
            Err(Unreadable)
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_map(Fields::of(self.0)?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_enum(Variant::of(self.0)?)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u128 f32 f64 char bytes byte_buf unit_struct tuple_struct map identifier
    }
}

/// The name of a field or a variant.
struct Name(String);

impl<'de> Deserializer<'de> for Name {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_str(&self.0)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Items(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        self.0.next().map(|item| seed.deserialize(JsonDeserializer(item))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Fields {
    rest: map::IntoIter,
    value: Value,
}

impl Fields {
    fn of(value: Value) -> Result<Self, Unreadable> {
        let Value::Object(fields) = value else { return Err(Unreadable) };
        Ok(Self { rest: fields.into_iter(), value: Value::Null })
    }

    fn next(&mut self) -> Option<Name> {
        let (name, value) = self.rest.next()?;
        self.value = value;
        Some(Name(name))
    }
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unreadable> {
        self.next().map(|name| seed.deserialize(name)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unreadable> {
        seed.deserialize(JsonDeserializer(self.value.take()))
    }
}

/// A variant's name, and what it holds.
struct Variant(String, Value);

impl Variant {
    fn of(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::String(name) => Ok(Self(name, Value::Null)),
            Value::Object(object) => {
                object.into_iter().next().map(|(name, value)| Self(name, value)).ok_or(Unreadable)
            }
            _ => Err(Unreadable),
        }
    }
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Unreadable;
    type Variant = JsonDeserializer;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, JsonDeserializer), Unreadable> {
        Ok((seed.deserialize(Name(self.0))?, JsonDeserializer(self.1)))
    }
}

impl<'de> VariantAccess<'de> for JsonDeserializer {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unreadable> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_map(Fields::of(self.0)?)
    }
}

#[cfg(test)]
mod tests {
    use leptos::serde_json::to_string;
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Everything {
        flag: bool,
        past: i64,
        count: u64,
        text: String,
        maybe: Option<String>,
        pairs: Vec<(String, u64)>,
        boxed: Option<Box<Shape>>,
        shapes: Vec<Shape>,
        #[serde(default)]
        absent: u64,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Shape {
        Nothing,
        One(String),
        Named { at: i64, by: String },
    }

    fn everything() -> Everything {
        Everything {
            flag: true,
            past: -1,
            count: u64::MAX,
            text: "a \"b\" \u{1F600}\n".to_owned(),
            maybe: None,
            pairs: vec![("x".to_owned(), 1)],
            boxed: Some(Box::new(Shape::One("y".to_owned()))),
            shapes: vec![Shape::Nothing, Shape::Named { at: i64::MIN, by: String::new() }],
            absent: 0,
        }
    }

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(to_string(&everything()).map(|json| read(&json)).ok(), Some(Ok(everything())));
        let result: Result<Result<Option<()>, Shape>, _> = read(r#"{"Err":{"named":{"at":1,"by":"x"}}}"#);
        assert_eq!(result, Ok(Err(Shape::Named { at: 1, by: "x".to_owned() })));
        assert_eq!(read::<Result<(), Shape>>(r#"{"Ok":null}"#), Ok(Ok(())));
    }

    #[test]
    fn unknown_fields_are_passed_over_and_defaults_filled_in() {
        let json = r#"{"named":{"at":1,"more":[1.5,{"x":null}],"by":"x"}}"#;
        assert_eq!(read(json), Ok(Shape::Named { at: 1, by: "x".to_owned() }));
        let json = to_string(&everything()).map(|json| json.replace(",\"absent\":0", ""));
        assert_eq!(json.map(|json| read(&json)).ok(), Some(Ok(everything())));
    }

    #[test]
    fn anything_else_is_unreadable() {
        for json in ["", "{", "[]", "null", "7", "\"none\"", "{\"named\":{}}", "{\"one\":1}", "{}"] {
            assert_eq!(read::<Shape>(json), Err(Unreadable), "{json}");
        }
        for json in ["-1", "1.5", "1e3", "\"1\"", "null", "18446744073709551616"] {
            assert_eq!(read::<u64>(json), Err(Unreadable), "{json}");
        }
    }
}
