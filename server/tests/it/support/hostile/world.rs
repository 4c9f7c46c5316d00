//! The server that strangers meet, its clients, and where answers for them may go.

use std::collections::BTreeMap;

use serde_json::json;
use types::{
    client::{AuthMethod, ClientSource},
    paths,
};
use url::{Host, Url};

use super::text::{decoded, first};
use crate::support::{ADMIN, Answer, Browser, ClientApp, ISSUER, MEMBER, Reply, TestApp, Web, authorize_url};

/// A name that would break out of any page that lets it.
const NAME: &str = "<zq1>\"zq1='</script></title><zq1 onload=zq1>\\\"&lt;zq1&gt;";

/// Redirect URIs of all kinds.
pub const URIS: &[&str] = &[
    "https://client.example/callback",
    "https://client.example/other?tenant=1&x=%2F",
    "http://127.0.0.1/callback",
    "http://127.0.0.1:8000/cb?",
    "http://[::1]/cb",
    "http://localhost:7",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "com.example.app:/oauth",
];

/// No limit is reached: what it stops is not what is tried here.
const FLAGS: [&str; 18] = [
    "--sign-in-account-limit",
    "1000000000",
    "--sign-in-address-limit",
    "1000000000",
    "--register-limit",
    "1000000000",
    "--client-secret-limit",
    "1000000000",
    "--authorize-limit",
    "1000000000",
    "--token-limit",
    "1000000000",
    "--introspect-limit",
    "1000000000",
    "--client-document-limit",
    "1000000000",
    "--outbound-host-limit",
    "1000000000",
];

/// One client, and what is known of it here.
pub struct Known {
    pub client: ClientApp,
    pub uris: Vec<String>,
    /// Errors are sent to it without asking the person.
    pub trusted: bool,
}

pub struct World {
    pub app: TestApp,
    pub web: Web,
    pub clients: Vec<Known>,
    /// The cookies of nobody, of a member, and of an administrator.
    cookies: [BTreeMap<String, String>; 3],
}

impl World {
    /// Number of clients.
    pub const CLIENTS: usize = 6;
    /// Number of people, nobody among them; the others are signed in.
    pub const PEOPLE: usize = 3;

    pub async fn start() -> Self {
        let web = Web::start().await;
        let app = TestApp::start_in(&web, &[&["--outbound-loopback"], &FLAGS[..]].concat()).await;
        let mut clients = Vec::new();
        for (source, auth, uris, trusted) in [
            (ClientSource::Dynamic, AuthMethod::None, &URIS[2..3], false),
            (ClientSource::Dynamic, AuthMethod::None, URIS, false),
            (ClientSource::Admin, AuthMethod::SecretBasic, &URIS[..1], true),
            (ClientSource::Admin, AuthMethod::SecretPost, URIS, true),
            (ClientSource::User, AuthMethod::None, URIS, true),
        ] {
            let client = app.client(NAME, source, auth, uris).await;
            let uris = uris.iter().map(|&uri| uri.to_owned()).collect();
            clients.push(Known { client, uris, trusted });
        }
        app.execute("UPDATE clients SET verified = TRUE WHERE source = 'user'").await;
        let mut world = Self {
            cookies: [BTreeMap::new(), cookies(&app, MEMBER).await, cookies(&app, ADMIN).await],
            app,
            web,
            clients,
        };
        let id = world.web.url("/client.json");
        let document = json!({ "client_id": id, "client_name": NAME, "redirect_uris": URIS });
        world.web.put("/client.json", Reply::json(&document));
        let client = ClientApp::new(id, None, URIS[0]);
        // Fetched once, and fresh from then on: the clock stands still.
        let answer = world.browser(1).get(&authorize_url(&client, &[])).await;
        assert!(answer.location().starts_with("/consent/"));
        let uris = URIS.iter().map(|&uri| uri.to_owned()).collect();
        world.clients.push(Known { client, uris, trusted: false });
        assert_eq!(world.clients.len(), Self::CLIENTS);
        world
    }

    /// A new window of one of the people.
    pub fn browser(&self, person: usize) -> Browser<'_> {
        let mut browser = self.app.browser();
        browser.cookies.clone_from(&self.cookies[person]);
        browser
    }

    /// Number of grants and codes.
    pub async fn given(&self) -> (i64, i64) {
        (
            self.app.number("SELECT COUNT(*) FROM grants").await,
            self.app.number("SELECT COUNT(*) FROM codes").await,
        )
    }
}

async fn cookies(app: &TestApp, email: &str) -> BTreeMap<String, String> {
    app.signed_in(email).await.cookies
}

impl Known {
    /// True if an answer may go to this URI: it is registered, or a loopback one that is registered with another port.
    pub fn registered(&self, uri: &str) -> bool {
        self.uris.iter().any(|known| {
            known == uri || without_port(known).is_some_and(|known| Some(known) == without_port(uri))
        })
    }

    /// Fails unless this address is an answer to the request: on a registered URI that the request named, with nothing
    /// but the parameters of an answer, and with the request's `state`.
    pub fn assert_answer(&self, address: &str, request: &[(Vec<u8>, Vec<u8>)]) {
        let named = first(request, "redirect_uri");
        let uri = match (named, self.uris.as_slice()) {
            (Some(uri), _) => uri,
            (None, [only]) => only,
            (None, _) => panic!("no redirect URI was named, but the answer goes to {address}"),
        };
        assert!(self.registered(uri), "{uri} is not registered");
        let added =
            address.strip_prefix(uri).unwrap_or_else(|| panic!("{address} does not begin with {uri}"));
        let joined = if uri.ends_with('?') {
            ""
        } else if uri.contains('?') {
            "&"
        } else {
            "?"
        };
        let added = added.strip_prefix(joined).unwrap_or_else(|| panic!("{added} behind {uri}"));
        let (target, known) = (Url::parse(address).unwrap(), Url::parse(uri).unwrap());
        assert_eq!(target.origin().ascii_serialization(), known.origin().ascii_serialization());
        assert_eq!(
            (target.scheme(), target.host_str(), target.path()),
            (known.scheme(), known.host_str(), known.path())
        );
        assert_eq!((target.username(), target.password(), target.fragment()), ("", None, None));

        assert!(added.bytes().all(|byte| byte.is_ascii_graphic()), "{added}");
        let mut answer: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(added.as_bytes()).into_owned() {
            assert!(answer.insert(name.clone(), value).is_none(), "{name} stands twice in {added}");
        }
        assert_eq!(answer.remove("iss").as_deref(), Some(ISSUER));
        assert_eq!(answer.remove("state").as_deref(), first(request, "state"), "state");
        if let Some(error) = answer.remove("error") {
            assert!(ERRORS.contains(&error.as_str()), "{error}");
            assert_description(&answer.remove("error_description").unwrap());
        } else {
            assert!(answer.remove("code").is_some_and(|code| !code.is_empty()), "{added}");
        }
        assert!(answer.is_empty(), "{answer:?} in {added}");
    }
}

/// The error codes that may come back (RFC 6749 §4.1.2.1, RFC 8707 §2, OpenID Connect Core §3.1.2.6).
const ERRORS: [&str; 8] = [
    "invalid_request",
    "unauthorized_client",
    "access_denied",
    "unsupported_response_type",
    "invalid_scope",
    "invalid_target",
    "request_not_supported",
    "request_uri_not_supported",
];

/// Fails unless a description has only the characters that RFC 6749 §5.2 allows.
pub fn assert_description(text: &str) {
    let allowed = |byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(!text.is_empty() && text.bytes().all(allowed), "{text:?}");
}

/// Fails unless a redirect of this server's own leads to a consent page, or to sign-in and from there to one or back to
/// the same request.
pub fn assert_local(answer: &Answer, query: &str) {
    let location = answer.location();
    let target = Url::parse(ISSUER).unwrap().join(location).unwrap();
    assert_eq!(target.origin().ascii_serialization(), ISSUER, "{location}");
    let handle =
        |path: &str| path.strip_prefix("/consent/").is_some_and(|handle| !handle.contains(['/', '?', '#']));
    if target.path() != paths::SIGN_IN {
        assert!(handle(location), "{location}");
        return;
    }
    let pairs: Vec<_> = target.query_pairs().collect();
    let [(name, next)] = pairs.as_slice() else { panic!("{location}") };
    assert_eq!(name, "next");
    let same = |again: &str| decoded(again.as_bytes()) == decoded(query.as_bytes());
    let again = next.strip_prefix(paths::AUTHORIZE).and_then(|rest| rest.strip_prefix('?'));
    assert!(handle(next) || again.is_some_and(same), "{next} is not {query}");
    assert!(next.bytes().all(|byte| byte.is_ascii_graphic()), "{next}");
    assert_eq!(paths::local_path(next), next, "sign-in does not lead there");
}

/// An http loopback URI without its port: its host, which may be spelled in any way (N9), and the rest as it is.
fn without_port(uri: &str) -> Option<(String, &str)> {
    let url = Url::parse(uri).ok().filter(|url| url.scheme() == "http")?;
    let loopback = match url.host()? {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => name == "localhost",
    };
    let (_, behind) = uri.split_once("//")?;
    let rest = &behind[behind.find(['/', '?']).unwrap_or(behind.len())..];
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (loopback && bare).then(|| (url.host_str().unwrap_or_default().to_owned(), rest))
}
