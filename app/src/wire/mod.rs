//! The way server functions travel, and the data of a page gets into it: as JSON.
//!
//! Leptos would do all of this by itself. What is here instead is here for the size of the WASM, of which a browser has to
//! fetch every byte before a page works, and each piece goes when Leptos or a library does the same in as little:
//!
//! - [`JsonPost`] is a protocol of its own because Leptos' brings the code that sends a request and receives its answer once
//!   for each server function. Here a function turns its arguments into text and its answer's text into a value, and one
//!   function sends any text anywhere.
//! - [`read`] builds types from a tree that is parsed once. `serde_json::from_str` reads text and builds a type in one go, so
//!   its code for text is there again for every type: it was a tenth of the whole application.
//! - [`content::Content`] carries a page's data through what all pages share (asking, waiting, failing, hydrating) without its
//!   type. Once it was an enum of all of them, and 10 KB of every page's types were in the part that everybody fetches, more
//!   with each page. A page that names the wrong type gets [`Failure::Transport`]; the type stands beside the question, so
//!   that cannot happen unless both are changed apart.
//! - [`Failed`] is [`Failure`] on its way: the traits that Leptos asks of an error, and the status of the response.
//!
//! What server functions send and receive is the same JSON as with Leptos' own codecs.

pub(crate) mod content;
pub(crate) mod failure;
mod reader;

use std::{future::Future, pin::Pin};

use http::Method;
use leptos::{
    serde_json,
    server::codee::{Decoder, Encoder},
    server_fn::{
        Bytes, ContentType, Decodes, Encodes, Format, FormatType, Protocol,
        client::Client,
        codec::{FromReq, IntoRes, Post},
        server::Server,
    },
};
use serde::{Serialize, de::DeserializeOwned};

use types::failure::Failure;

use self::reader::Unreadable;
pub(crate) use self::reader::read;
pub use failure::Failed;

/// JSON in the body of a POST, both ways. As Leptos does it, except that the browser sends and receives in one place
/// instead of once for each server function.
#[derive(Clone, Copy, Debug)]
pub struct JsonPost;

impl<In, Out, C, S> Protocol<In, Out, C, S, Failed> for JsonPost
where
    C: Client<Failed>,
    S: Server<Failed>,
    In: Serialize + FromReq<Post<Json>, S::Request, Failed> + Send,
    Out: DeserializeOwned + IntoRes<Post<Json>, S::Response, Failed> + Send,
{
    const METHOD: Method = Method::POST;

    async fn run_server<F, Fut>(request: S::Request, server_fn: F) -> Result<S::Response, Failed>
    where
        F: Fn(In) -> Fut + Send,
        Fut: Future<Output = Result<Out, Failed>> + Send,
    {
        let input = In::from_req(request).await.map_err(|_| malformed())?;
        server_fn(input).await?.into_res().await
    }

    fn run_client(path: &str, input: In) -> impl Future<Output = Result<Out, Failed>> + Send {
        let answer = serde_json::to_string(&input).map(|input| post(path.to_owned(), input));
        let transport = || Failed(Failure::Transport);
        async move { read(&answer.map_err(|_| transport())?.await?).map_err(|_| transport()) }
    }
}

/// Leptos would say that the server failed.
fn malformed() -> Failed {
    #[cfg(feature = "ssr")]
    failure::show_status(&Failure::Malformed);
    Failed(Failure::Malformed)
}

/// Sends a form of a page as the browser would, and gets the answer as JSON.
#[cfg(not(feature = "ssr"))]
pub(crate) async fn submit(
    path: String,
    form: &leptos::web_sys::HtmlFormElement,
) -> Result<types::form::Answered, Failed> {
    use leptos::web_sys::{FormData, UrlSearchParams};
    let transport = |_| Failed(Failure::Transport);
    let fields = FormData::new_with_form(form).map_err(transport)?;
    let body = UrlSearchParams::new_with_str_sequence_sequence(&fields).map_err(transport)?;
    let body = String::from(body.to_string());
    let text = match fetch(&path, &body, "application/x-www-form-urlencoded").await {
        Ok((true, text)) => text,
        Ok((false, text)) => return Err(read(&text).unwrap_or(Failed(Failure::Transport))),
        Err(_) => return Err(Failed(Failure::Transport)),
    };
    read(&text).map_err(|_| Failed(Failure::Transport))
}

/// The server sends no forms.
#[cfg(feature = "ssr")]
pub(crate) async fn submit(
    _: String,
    _: &leptos::web_sys::HtmlFormElement,
) -> Result<types::form::Answered, Failed> {
    Err(Failed(Failure::Transport))
}

type Answer = Pin<Box<dyn Future<Output = Result<String, Failed>> + Send>>;

/// The answer of the server, or the reason why there is none.
#[cfg(not(feature = "ssr"))]
fn post(path: String, body: String) -> Answer {
    use send_wrapper::SendWrapper;

    Box::pin(SendWrapper::new(async move {
        match fetch(&path, &body, Json::CONTENT_TYPE).await {
            Ok((true, text)) => Ok(text),
            Ok((false, text)) => Err(read(&text).unwrap_or(Failed(Failure::Transport))),
            Err(_) => Err(Failed(Failure::Transport)),
        }
    }))
}

/// Says if the server did what it was asked, and what it said.
#[cfg(not(feature = "ssr"))]
async fn fetch(
    path: &str,
    body: &str,
    content_type: &str,
) -> Result<(bool, String), leptos::wasm_bindgen::JsValue> {
    use leptos::{
        prelude::window,
        wasm_bindgen::JsCast,
        web_sys::{Headers, RequestInit, Response},
    };
    use wasm_bindgen_futures::JsFuture;

    let headers = Headers::new()?;
    headers.set("content-type", content_type)?;
    headers.set("accept", Json::CONTENT_TYPE)?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&body.into());
    let response: Response =
        JsFuture::from(window().fetch_with_str_and_init(path, &request)).await?.unchecked_into();
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.ok(), text.as_string().unwrap_or_default()))
}

/// The server calls its functions as they are.
#[cfg(feature = "ssr")]
fn post(_: String, _: String) -> Answer {
    Box::pin(std::future::ready(Err(Failed(Failure::Transport))))
}

/// JSON as text.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl ContentType for Json {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Json {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Json {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_string(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Json {
    type Error = Unreadable;

    fn decode(bytes: Bytes) -> Result<T, Unreadable> {
        std::str::from_utf8(&bytes).map_err(|_| Unreadable).and_then(read)
    }
}

impl<T: Serialize> Encoder<T> for Json {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Json {
    type Error = Unreadable;
    type Encoded = str;

    fn decode(json: &str) -> Result<T, Unreadable> {
        read(json)
    }
}
