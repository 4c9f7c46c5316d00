//! Client ID metadata documents (draft-ietf-oauth-client-id-metadata-document): a client ID that is the https address
//! of a document in which the client describes itself.

use std::net::IpAddr;

use serde_json::Value;
use types::{
    client::AuthMethod,
    client_form::NAME_MAX,
    id::{ClientId, Id},
    redirect_uri::RedirectRules,
};
use url::{Host, Url};

use super::{
    client_metadata::{ClientMetadata, MetadataError, URL_MAX, invalid, list, text},
    text::presentable,
};

/// The reason why a client ID is no address of a document. The words complete «Its client ID …».
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentUrlError {
    /// http, or something else.
    #[error("must be an https address")]
    Scheme,
    /// Longer than any address should be.
    #[error("is longer than {URL_MAX} bytes")]
    Long,
    /// Nothing after the host.
    #[error("must be the address of a document, not of a whole site")]
    Path,
    /// Not spelled in the one way in which it can be compared byte for byte.
    #[error(
        "must be spelled plainly: no dot segments, no user, no fragment, a lower-case host, no default port"
    )]
    Spelling,
}

/// A client ID that can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentUrl {
    url: String,
    host: String,
}

impl DocumentUrl {
    /// Says if a client ID means to be the address of a document. Those that this server gives out never look so.
    pub fn is_meant_by(client_id: &str) -> bool {
        client_id.contains("://")
    }

    /// Checks a client ID as it came, before anything is resolved or normalised (`protocol.md` C3).
    ///
    /// # Errors
    /// [`DocumentUrlError`] when it is not fit to be fetched and compared.
    pub fn parse(client_id: &str) -> Result<Self, DocumentUrlError> {
        if client_id.len() > URL_MAX {
            return Err(DocumentUrlError::Long);
        }
        if !client_id.starts_with("https://") {
            return Err(DocumentUrlError::Scheme);
        }
        let url = Url::parse(client_id).map_err(|_| DocumentUrlError::Spelling)?;
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        // The parser resolves dot segments, lowers the host and drops the default port: what it changes was not plain.
        let bare_host = url.path() == "/" && client_id.matches('/').count() == 2;
        if !plain || (url.as_str() != client_id && !bare_host) {
            return Err(DocumentUrlError::Spelling);
        }
        if url.path() == "/" {
            return Err(DocumentUrlError::Path);
        }
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.ends_with('.') => name.to_owned(),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => url.host_str().unwrap_or_default().to_owned(),
            _ => return Err(DocumentUrlError::Spelling),
        };
        Ok(Self { url: url.into(), host })
    }

    /// The client ID that it is.
    pub fn client_id(&self) -> ClientId {
        ClientId::of(self.as_str().to_owned())
    }

    /// The client ID, byte for byte.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Says if it names an address in place of a host on the web: a number, or this machine itself. No answer from there
    /// says anything about the way to the web.
    pub fn is_address(&self) -> bool {
        let number = self.host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
        number || self.host == "localhost" || self.host.ends_with(".localhost")
    }

    /// Its host, without a port.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// From which hosts documents are taken. A host is a name, or `*.name` for all names under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentPolicy {
    /// Only from these, unless there are none.
    pub allowed: Vec<String>,
    /// Not from these, whatever else is said.
    pub denied: Vec<String>,
}

impl DocumentPolicy {
    /// Says if a document of this host is taken.
    pub fn admits(&self, host: &str) -> bool {
        let among = |list: &[String]| list.iter().any(|pattern| covers(pattern, host));
        !among(&self.denied) && (self.allowed.is_empty() || among(&self.allowed))
    }
}

fn covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')),
        None => host == pattern,
    }
}

/// Content of a document, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientDocument {
    /// As in a registration.
    pub metadata: ClientMetadata,
    /// The address of its logo, if it names one that could be fetched.
    pub logo: Option<String>,
}

impl ClientDocument {
    /// Reads the document that was fetched from `url`.
    ///
    /// # Errors
    /// [`MetadataError`] with the reason: it names another client ID, no name, holds or wants a secret, or is no
    /// metadata (`protocol.md` C2, C6).
    pub fn parse(body: &[u8], url: &DocumentUrl, rules: &RedirectRules) -> Result<Self, MetadataError> {
        let value: Value = serde_json::from_slice(body).map_err(|_| invalid("it is not JSON"))?;
        let body = value.as_object().ok_or_else(|| invalid("it is not a JSON object"))?;
        if text(body, "client_id")? != Some(url.as_str()) {
            return Err(invalid("its client_id is not the address that it was fetched from"));
        }
        if ["client_secret", "client_secret_expires_at"].iter().any(|name| body.contains_key(*name)) {
            return Err(invalid("it must not hold a client secret"));
        }
        let name = presentable(text(body, "client_name")?.unwrap_or_default(), NAME_MAX);
        if name.is_empty() {
            return Err(invalid("client_name is required"));
        }
        let alternatives = list(body, "token_endpoint_auth_methods_supported")?.unwrap_or_default();
        let public = alternatives.contains(&AuthMethod::None.as_str());
        let auth_method = match text(body, "token_endpoint_auth_method")? {
            None => AuthMethod::None,
            Some(method) if method.starts_with("client_secret_") => {
                return Err(invalid("token_endpoint_auth_method must be none or private_key_jwt"));
            }
            // Some name their best method here, and list those that they are content with.
            Some(_) if public => AuthMethod::None,
            Some(method) => match method.parse() {
                Ok(method @ (AuthMethod::None | AuthMethod::PrivateKeyJwt)) => method,
                _ => return Err(invalid("token_endpoint_auth_method must be none or private_key_jwt")),
            },
        };
        let logo = text(body, "logo_uri").ok().flatten();
        let logo = logo.filter(|uri| uri.len() <= URL_MAX && uri.starts_with("https://"));
        Ok(Self {
            metadata: ClientMetadata::with(name, auth_method, body, rules)?,
            logo: logo.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use types::redirect_uri::KNOWN_SCHEMES;

    use super::*;

    #[test]
    fn c3_only_plain_addresses_are_fetched() {
        for good in [
            "https://app.example/client.json",
            "https://app.example:8443/a/b?v=1",
            "https://app.example/a/",
            "https://xn--bcher-kva.example/c",
            "https://app.example/%41",
        ] {
            assert_eq!(DocumentUrl::parse(good).unwrap().as_str(), good);
        }
        use DocumentUrlError::{Long, Path, Scheme, Spelling};
        let long = format!("https://app.example/{}", "a".repeat(URL_MAX));
        for (bad, why) in [
            ("http://app.example/c", Scheme),
            ("HTTPS://app.example/c", Scheme),
            ("ftp://app.example/c", Scheme),
            ("app://x", Scheme),
            ("https://app.example", Path),
            ("https://app.example/", Path),
            ("https://app.example/?x", Path),
            ("https://app.example/a/../c", Spelling),
            ("https://app.example/a/./c", Spelling),
            ("https://app.example/a/%2e%2e/c", Spelling),
            ("https://app.example/..", Spelling),
            ("https://app.example/c#x", Spelling),
            ("https://app.example/c#", Spelling),
            ("https://user@app.example/c", Spelling),
            ("https://user:pass@app.example/c", Spelling),
            ("https://@app.example/c", Spelling),
            ("https://APP.example/c", Spelling),
            ("https://app.example:443/c", Spelling),
            ("https://app.example\\c", Spelling),
            ("https://app.example./c", Spelling),
            ("https://app.example/ c", Spelling),
            ("https://app.example/c\n", Spelling),
            ("https://b\u{fc}cher.example/c", Spelling),
            ("https://0x7f.1/c", Spelling),
            ("https:///c", Spelling),
            ("https://", Spelling),
            (long.as_str(), Long),
        ] {
            assert_eq!(DocumentUrl::parse(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn c10_hosts_are_admitted_by_name() {
        let policy = |allowed: &[&str], denied: &[&str]| DocumentPolicy {
            allowed: allowed.iter().map(|&host| host.to_owned()).collect(),
            denied: denied.iter().map(|&host| host.to_owned()).collect(),
        };
        assert!(policy(&[], &[]).admits("app.example"));
        assert!(policy(&["app.example"], &[]).admits("app.example"));
        assert!(!policy(&["app.example"], &[]).admits("x.app.example"));
        assert!(!policy(&["app.example"], &[]).admits("evilapp.example"));
        assert!(policy(&["*.example"], &[]).admits("a.b.example"));
        assert!(!policy(&["*.app.example"], &[]).admits("app.example"));
        assert!(!policy(&["*.app.example"], &[]).admits("evilapp.example"));
        assert!(!policy(&[], &["app.example"]).admits("app.example"));
        assert!(!policy(&["*.example"], &["app.example"]).admits("app.example"));
    }

    fn read(change: impl FnOnce(&mut Value)) -> Result<ClientDocument, String> {
        let url = "https://app.example/client.json";
        let mut document = json!({
            "client_id": url,
            "client_name": "Example",
            "redirect_uris": ["https://app.example/cb"],
        });
        change(&mut document);
        let rules = RedirectRules { known_schemes: KNOWN_SCHEMES.map(str::to_owned).to_vec() };
        let url = DocumentUrl::parse(url).unwrap();
        ClientDocument::parse(document.to_string().as_bytes(), &url, &rules)
            .map_err(|error| error.description)
    }

    #[test]
    fn c2_c6_what_a_document_must_not_say() {
        assert_eq!(read(|_| {}).unwrap().metadata.auth_method, AuthMethod::None);
        for (field, value, why) in [
            ("client_id", json!("https://app.example/client.json/"), "client_id"),
            ("client_id", json!("https://app.example/Client.json"), "client_id"),
            ("client_id", Value::Null, "client_id"),
            ("client_name", Value::Null, "client_name"),
            ("client_name", json!("\u{200b}"), "client_name"),
            ("client_secret", json!("x"), "secret"),
            ("client_secret", Value::Null, "secret"),
            ("client_secret_expires_at", json!(0), "secret"),
            ("token_endpoint_auth_method", json!("client_secret_basic"), "token_endpoint_auth_method"),
            ("token_endpoint_auth_method", json!("client_secret_post"), "token_endpoint_auth_method"),
            ("token_endpoint_auth_method", json!("client_secret_jwt"), "token_endpoint_auth_method"),
            ("token_endpoint_auth_method", json!("private_key_jwt"), "jwks"),
            ("redirect_uris", json!([]), "redirect_uris"),
            ("redirect_uris", json!(["javascript:alert(1)"]), "redirect_uris"),
            ("grant_types", json!(["client_credentials"]), "grant_types"),
            ("response_types", json!(["token"]), "response_types"),
            ("jwks_uri", json!("http://app.example/keys"), "jwks_uri"),
            ("jwks", json!({"keys": []}), "jwks"),
        ] {
            let refused = read(|document| document[field] = value.clone()).unwrap_err();
            assert!(refused.contains(why), "{field} {value}: {refused}");
        }
    }

    #[test]
    fn c6_a_key_or_no_proof_at_all() {
        let keys = "https://app.example/keys";
        let keyed = read(|document| {
            document["token_endpoint_auth_method"] = json!("private_key_jwt");
            document["jwks_uri"] = json!(keys);
        });
        assert_eq!(keyed.unwrap().metadata.auth_method, AuthMethod::PrivateKeyJwt);
        let content = read(|document| {
            document["token_endpoint_auth_method"] = json!("private_key_jwt");
            document["token_endpoint_auth_methods_supported"] = json!(["none", "private_key_jwt"]);
        });
        assert_eq!(content.unwrap().metadata.auth_method, AuthMethod::None);
        for method in ["client_secret_basic", "client_secret_post", "client_secret_jwt"] {
            let secret = read(|document| {
                document["token_endpoint_auth_method"] = json!(method);
                document["token_endpoint_auth_methods_supported"] = json!(["none"]);
            });
            assert!(secret.is_err(), "{method}");
        }
    }
}
