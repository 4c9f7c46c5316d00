//! Client metadata of dynamic registration (RFC 7591 §2), read through an allow-list: nobody registers policy.

use serde_json::{Map, Value, json};
use types::{
    client::{AuthMethod, GrantType},
    client_form::NAME_MAX,
    redirect_uri::{MAX_COUNT, RedirectRules},
};
use url::Url;

use super::{
    client::KeySource,
    error_code::ErrorCode,
    scope,
    text::{presentable, website},
};
use crate::crypto::client_keys::KeySet;

/// Longest URL that metadata may name, in bytes.
pub(super) const URL_MAX: usize = 2_048;

/// Longest JWK Set that a person may type, in bytes.
const KEYS_MAX: usize = 32 * 1024;

/// Metadata that a client registered, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientMetadata {
    /// Its name, presentable.
    pub name: String,
    /// Its website.
    pub website: Option<String>,
    /// The addresses that answers may go to.
    pub redirect_uris: Vec<String>,
    /// The way it proves itself.
    pub auth_method: AuthMethod,
    /// Its public keys.
    pub keys: Option<KeySource>,
    /// The grant types that it may ask the token endpoint for.
    pub grant_types: Vec<GrantType>,
    /// The scopes of a request without any.
    pub scope: Option<String>,
    /// `web` or `native`, as it said.
    pub application_type: Option<String>,
}

/// The reason why metadata is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{description}")]
pub struct MetadataError {
    /// `invalid_redirect_uri` or `invalid_client_metadata`.
    pub code: ErrorCode,
    /// For the developer.
    pub description: String,
}

pub(super) fn invalid(description: impl Into<String>) -> MetadataError {
    MetadataError { code: ErrorCode::InvalidClientMetadata, description: description.into() }
}

fn invalid_redirect(description: impl Into<String>) -> MetadataError {
    MetadataError { code: ErrorCode::InvalidRedirectUri, description: description.into() }
}

impl ClientMetadata {
    /// Reads the JSON of a registration request. Null and empty values count as absent, unknown fields are ignored.
    ///
    /// # Errors
    /// [`MetadataError`] with the code and the reason.
    pub fn parse(body: &Value, rules: &RedirectRules) -> Result<Self, MetadataError> {
        let body = body.as_object().ok_or_else(|| invalid("the body must be a JSON object"))?;
        let auth_method = match text(body, "token_endpoint_auth_method")? {
            None => AuthMethod::SecretBasic,
            Some(method) => method
                .parse()
                .map_err(|_| invalid("token_endpoint_auth_method must be one this server supports"))?,
        };
        let name = presentable(text(body, "client_name")?.unwrap_or_default(), NAME_MAX);
        let name = if name.is_empty() { "Unnamed app".to_owned() } else { name };
        Self::with(name, auth_method, body, rules)
    }

    /// The part that every kind of metadata says in the same way.
    pub(super) fn with(
        name: String,
        auth_method: AuthMethod,
        body: &Map<String, Value>,
        rules: &RedirectRules,
    ) -> Result<Self, MetadataError> {
        let redirect_uris = redirect_uris(body, rules)?;
        let keys = keys(body)?;
        if auth_method == AuthMethod::PrivateKeyJwt && keys.is_none() {
            return Err(invalid("private_key_jwt needs jwks or jwks_uri"));
        }
        let response_types = list(body, "response_types")?;
        if response_types.is_some_and(|types| !types.contains(&"code")) {
            return Err(invalid("response_types must contain code"));
        }
        let application_type =
            text(body, "application_type")?.filter(|kind| matches!(*kind, "web" | "native"));
        let website = text(body, "client_uri")?
            .and_then(website)
            .map(|(_, url)| url)
            .filter(|url| url.len() <= URL_MAX);
        Ok(Self {
            name,
            website,
            redirect_uris,
            auth_method,
            keys,
            grant_types: grant_types(body)?,
            scope: text(body, "scope")?
                .map(|words| scope::registrable(words).to_string())
                .filter(|words| !words.is_empty()),
            application_type: application_type.map(str::to_owned),
        })
    }

    /// The metadata as the registration response repeats it (RFC 7591 §3.2.1).
    pub fn echo(&self) -> Map<String, Value> {
        let mut echo = Map::new();
        echo.insert("client_name".into(), json!(self.name));
        echo.insert("redirect_uris".into(), json!(self.redirect_uris));
        echo.insert("token_endpoint_auth_method".into(), json!(self.auth_method.as_str()));
        echo.insert("grant_types".into(), self.grant_types.iter().map(|kind| json!(kind.as_str())).collect());
        echo.insert("response_types".into(), json!(["code"]));
        match &self.keys {
            Some(KeySource::Registered(keys)) => {
                echo.insert("jwks".into(), serde_json::from_str(keys).unwrap_or_default());
            }
            Some(KeySource::At(uri)) => {
                echo.insert("jwks_uri".into(), json!(uri));
            }
            None => {}
        }
        let optional = [
            ("client_uri", &self.website),
            ("scope", &self.scope),
            ("application_type", &self.application_type),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                echo.insert(name.into(), json!(value));
            }
        }
        echo
    }
}

fn redirect_uris(body: &Map<String, Value>, rules: &RedirectRules) -> Result<Vec<String>, MetadataError> {
    let uris = match body.get("redirect_uris") {
        None | Some(Value::Null) => Vec::new(),
        Some(value) => {
            strings(value).ok_or_else(|| invalid_redirect("redirect_uris must be a list of strings"))?
        }
    };
    if uris.is_empty() {
        return Err(invalid_redirect("redirect_uris is required"));
    }
    if uris.len() > MAX_COUNT {
        return Err(invalid_redirect(format!("at most {MAX_COUNT} redirect_uris")));
    }
    for (index, uri) in uris.iter().enumerate() {
        rules.check(uri).map_err(|error| invalid_redirect(format!("redirect_uris[{index}] {error}")))?;
    }
    Ok(uris.into_iter().map(str::to_owned).collect())
}

/// The public keys of a client: `jwks` or `jwks_uri`, not both (RFC 7591 §2).
fn keys(body: &Map<String, Value>) -> Result<Option<KeySource>, MetadataError> {
    match (body.get("jwks").filter(|keys| !keys.is_null()), text(body, "jwks_uri")?) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(invalid("give jwks or jwks_uri, not both")),
        (None, Some(uri)) => keys_at(uri).map(Some),
        (Some(keys), None) => {
            KeySet::parse(keys).map_err(|error| invalid(format!("jwks {error}")))?;
            Ok(Some(KeySource::Registered(keys.to_string())))
        }
    }
}

fn keys_at(uri: &str) -> Result<KeySource, MetadataError> {
    let url = Url::parse(uri).ok().filter(|url| {
        url.scheme() == "https"
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
    });
    match url {
        Some(url) if uri.len() <= URL_MAX => Ok(KeySource::At(url.into())),
        _ => Err(invalid("jwks_uri must be an https URL without user and fragment")),
    }
}

/// The public keys of a client as a person types them: a JWK Set or the address of one; nothing for none.
///
/// # Errors
/// [`MetadataError`] with the reason.
pub fn typed_keys(typed: &str) -> Result<Option<KeySource>, MetadataError> {
    let typed = typed.trim();
    if typed.is_empty() {
        Ok(None)
    } else if !typed.starts_with('{') {
        keys_at(typed).map(Some)
    } else if typed.len() > KEYS_MAX {
        Err(invalid(format!("jwks is longer than {KEYS_MAX} bytes")))
    } else {
        let set: Value = serde_json::from_str(typed).map_err(|_| invalid("jwks is not JSON"))?;
        KeySet::parse(&set).map_err(|error| invalid(format!("jwks {error}")))?;
        Ok(Some(KeySource::Registered(set.to_string())))
    }
}

fn grant_types(body: &Map<String, Value>) -> Result<Vec<GrantType>, MetadataError> {
    let Some(names) = list(body, "grant_types")? else {
        return Ok(vec![GrantType::AuthorizationCode]);
    };
    let known: Vec<GrantType> =
        GrantType::FOR_PEOPLE.into_iter().filter(|kind| names.contains(&kind.as_str())).collect();
    if known.contains(&GrantType::AuthorizationCode) {
        Ok(known)
    } else {
        Err(invalid("grant_types must contain authorization_code"))
    }
}

pub(super) fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, MetadataError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err(invalid(format!("{name} must be a string"))),
    }
}

pub(super) fn list<'a>(
    body: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<Vec<&'a str>>, MetadataError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match strings(value) {
            Some(words) if words.is_empty() => Ok(None),
            Some(words) => Ok(Some(words)),
            None => Err(invalid(format!("{name} must be a list of strings"))),
        },
    }
}

fn strings(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}
