//! What a page asked the server for, on its way through what all pages share. Nothing there has code for its type: that
//! would be in the main part, and grow with every page.

use std::{any::Any, sync::Arc};

use leptos::{
    serde_json,
    server::codee::{Decoder, Encoder},
};
use serde::{Serialize, de::DeserializeOwned};
use types::failure::Failure;

use super::{read, reader::Unreadable};

/// A type that a page can ask the server for.
pub(crate) trait Loaded: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> Loaded for T {}

/// A value of a type that only its page knows.
#[derive(Clone)]
pub(crate) enum Content {
    /// Got from a server function, and the way to write it as JSON where a page is rendered.
    Value(Arc<dyn Any + Send + Sync>, #[cfg(feature = "ssr")] ToJson),
    /// Came with the page.
    Json(Arc<str>),
}

#[cfg(feature = "ssr")]
type ToJson = fn(&(dyn Any + Send + Sync)) -> serde_json::Result<String>;

impl Content {
    pub(crate) fn new<T: Loaded>(value: T) -> Self {
        Self::Value(
            Arc::new(value),
            #[cfg(feature = "ssr")]
            |value| serde_json::to_string(&value.downcast_ref::<T>()),
        )
    }

    /// The value; [`Failure::Transport`] when it is of another type.
    pub(crate) fn get<T: Loaded>(&self) -> Result<T, Failure> {
        match self {
            Self::Value(value, ..) => value.downcast_ref::<T>().cloned().ok_or(Failure::Transport),
            Self::Json(json) => read(json).map_err(|_| Failure::Transport),
        }
    }
}

/// The form in which content gets into the page: `+` and its JSON, or `-` and that of the failure.
pub(crate) struct Embedded;

impl Encoder<Result<Content, Failure>> for Embedded {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(answer: &Result<Content, Failure>) -> serde_json::Result<String> {
        Ok(match answer {
            #[cfg(feature = "ssr")]
            Ok(Content::Value(value, to_json)) => format!("+{}", to_json(&**value)?),
            // The browser writes nothing into a page.
            #[cfg(not(feature = "ssr"))]
            Ok(Content::Value(..)) => "-".to_owned(),
            Ok(Content::Json(json)) => format!("+{json}"),
            Err(failure) => format!("-{}", serde_json::to_string(failure)?),
        })
    }
}

impl Decoder<Result<Content, Failure>> for Embedded {
    type Error = Unreadable;
    type Encoded = str;

    fn decode(text: &str) -> Result<Result<Content, Failure>, Unreadable> {
        match text.split_at_checked(1) {
            Some(("+", json)) => Ok(Ok(Content::Json(json.into()))),
            Some(("-", json)) => Ok(Err(read(json)?)),
            _ => Err(Unreadable),
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn sent(answer: Result<Content, Failure>) -> Result<Content, Failure> {
        let text = Embedded::encode(&answer).expect("every type has JSON");
        Embedded::decode(&text).expect("what was written is read")
    }

    #[test]
    fn what_a_page_was_rendered_with_is_what_the_browser_reads() {
        let value = vec![Some("a \"b\"".to_owned()), None];
        let content = sent(Ok(Content::new(value.clone()))).expect("it is content");
        assert_eq!(content.get::<Vec<Option<String>>>(), Ok(value.clone()));
        assert_eq!(content.get::<u64>(), Err(Failure::Transport));
        assert_eq!(Content::new(value).get::<u64>(), Err(Failure::Transport));
        assert_eq!(sent(Err(Failure::NotFound)).err(), Some(Failure::NotFound));
    }

    #[test]
    fn anything_else_is_unreadable() {
        for text in ["", "x", "-", "-{}", "é"] {
            assert!(Embedded::decode(text).is_err(), "{text}");
        }
    }
}
