//! The rules about redirect URIs (OAuth 2.1 §2.3, RFC 8252 §7, RFC 9700 §2.1): one function, run in the
//! browser as a person types, and on the server for people and for programs that register themselves.

use serde::{Deserialize, Serialize};

use super::web_address::{WebAddress, scheme_of};

/// Longest redirect URI, in bytes.
pub const MAX_LENGTH: usize = 2_048;
/// Most redirect URIs of one client.
pub const MAX_COUNT: usize = 20;

/// Private-use schemes without a dot that known clients use, although OAuth 2.1 §2.3.1 wants one.
pub const KNOWN_SCHEMES: [&str; 14] = [
    "cursor",
    "vscode",
    "vscode-insiders",
    "vscodium",
    "code-oss",
    "claude",
    "windsurf",
    "zed",
    "raycast",
    "goose",
    "warp",
    "kiro",
    "trae",
    "jetbrains",
];

/// Schemes that would run or show content instead of reaching a client.
const DANGEROUS_SCHEMES: [&str; 8] = ["javascript", "data", "vbscript", "blob", "file", "about", "ftp", "ws"];

/// The reason why a redirect URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// Longer than [`MAX_LENGTH`].
    #[error("is longer than 2048 bytes")]
    TooLong,
    /// Not an absolute URI, or one with characters that no URI has.
    #[error("is not an absolute URI")]
    NotAbsolute,
    /// Has a `#fragment`.
    #[error("must not have a fragment")]
    Fragment,
    /// Has `user:password@`.
    #[error("must not have user information")]
    UserInfo,
    /// Has a `*`.
    #[error("must not have a wildcard")]
    Wildcard,
    /// `http` is for the loopback host only.
    #[error("must use https, or http with a loopback host")]
    PlainHttp,
    /// A scheme that no client may have.
    #[error("has a scheme that is not allowed")]
    Scheme,
    /// A private-use scheme without a dot (RFC 8252 §7.1) that the server does not know.
    #[error(
        "has a scheme without a dot that this server does not know; its operator can allow it with --redirect-schemes"
    )]
    UnknownScheme,
}

/// The rules with their one setting: which private-use schemes need no dot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectRules {
    /// Lower-case schemes such as `cursor`.
    pub known_schemes: Vec<String>,
}

impl RedirectRules {
    /// Says if the URI may be registered.
    ///
    /// # Errors
    /// [`RedirectUriError`] says which rule it breaks.
    pub fn check(&self, uri: &str) -> Result<(), RedirectUriError> {
        use RedirectUriError as E;
        if uri.len() > MAX_LENGTH {
            return Err(E::TooLong);
        }
        if !uri.bytes().all(|byte| byte.is_ascii_graphic()) || uri.contains(['\\', '"', '<', '>', '`']) {
            return Err(E::NotAbsolute);
        }
        let (scheme, rest) = scheme_of(uri).ok_or(E::NotAbsolute)?;
        if uri.contains('#') {
            return Err(E::Fragment);
        }
        if uri.contains('*') {
            return Err(E::Wildcard);
        }
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "https" | "http" => {
                let authority = rest.strip_prefix("//").ok_or(E::Scheme)?;
                if authority.split(['/', '?']).next().is_some_and(|authority| authority.contains('@')) {
                    return Err(E::UserInfo);
                }
                let address = WebAddress::parse(uri).ok_or(E::NotAbsolute)?;
                if address.secure || address.is_loopback() { Ok(()) } else { Err(E::PlainHttp) }
            }
            scheme if DANGEROUS_SCHEMES.contains(&scheme) => Err(E::Scheme),
            scheme if scheme.contains('.') || self.known_schemes.iter().any(|known| known == scheme) => {
                match rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?']).next()) {
                    Some(authority) if authority.contains('@') => Err(E::UserInfo),
                    Some(authority) if !is_private_use_authority(authority) => Err(E::NotAbsolute),
                    _ => Ok(()),
                }
            }
            _ => Err(E::UnknownScheme),
        }
    }
}

/// Names as programs choose them, such as `anysphere.cursor-mcp`, perhaps with a port.
fn is_private_use_authority(authority: &str) -> bool {
    if authority.is_empty() {
        return true;
    }
    let (name, port) = authority.split_once(':').unwrap_or((authority, "0"));
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let is_name = !name.is_empty() && name.bytes().all(unreserved);
    is_name && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> RedirectRules {
        RedirectRules { known_schemes: KNOWN_SCHEMES.map(str::to_owned).to_vec() }
    }

    #[test]
    fn what_real_clients_register_is_taken() {
        for uri in [
            "https://claude.ai/api/mcp/auth_callback",
            "https://vscode.dev/redirect",
            "HTTPS://Example.com/cb",
            "https://example.com",
            "https://example.com:8443/cb",
            "https://192.0.2.7/cb",
            "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
            "http://localhost:8787/callback",
            "http://[::1]/cb",
            "http://[::1]:7/cb",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "warp://mcp/oauth2callback",
            "code-oss://ms-vscode.mcp/cb",
            "com.example.app:/oauth",
            "https://example.com/cb?tenant=1",
            "https://example.com/@me?to=a@b",
        ] {
            assert_eq!(rules().check(uri), Ok(()), "{uri}");
        }
    }

    #[test]
    fn what_could_harm_is_refused() {
        use RedirectUriError as E;
        for (uri, error) in [
            ("", E::NotAbsolute),
            ("/callback", E::NotAbsolute),
            ("//example.com/cb", E::NotAbsolute),
            (":x", E::NotAbsolute),
            ("1a:x", E::NotAbsolute),
            ("https://", E::NotAbsolute),
            ("https:///cb", E::NotAbsolute),
            ("https://:443/cb", E::NotAbsolute),
            ("https://example.com:/cb", E::NotAbsolute),
            ("https://example.com:99999/cb", E::NotAbsolute),
            ("https://example.com:4a/cb", E::NotAbsolute),
            ("https://exa%6Dple.com/cb", E::NotAbsolute),
            ("https://.example.com/cb", E::NotAbsolute),
            ("https://example..com/cb", E::NotAbsolute),
            ("https://1.2.3/cb", E::NotAbsolute),
            ("https://0x7f.1/cb", E::NotAbsolute),
            ("https://2130706433/cb", E::NotAbsolute),
            ("https://256.1.1.1/cb", E::NotAbsolute),
            ("https://[::1/cb", E::NotAbsolute),
            ("https://[::g]/cb", E::NotAbsolute),
            ("https://exa mple.com", E::NotAbsolute),
            ("https://exämple.com", E::NotAbsolute),
            ("https://example.com/\r\nX: y", E::NotAbsolute),
            ("https:/example.com", E::Scheme),
            ("https://example.com/cb#x", E::Fragment),
            ("https://example.com/cb#", E::Fragment),
            ("https://user@example.com/cb", E::UserInfo),
            ("https://user:pw@example.com/cb", E::UserInfo),
            ("https://@example.com/cb", E::UserInfo),
            ("cursor://user@example/cb", E::UserInfo),
            ("cursor://exam[ple/cb", E::NotAbsolute),
            ("cursor://example:x/cb", E::NotAbsolute),
            ("https://*.example.com/cb", E::Wildcard),
            ("http://example.com/cb", E::PlainHttp),
            ("http://127.0.0.1.example.com/cb", E::PlainHttp),
            ("http://127.0.0.2/cb", E::PlainHttp),
            ("http://[::2]/cb", E::PlainHttp),
            ("javascript:alert(1)", E::Scheme),
            ("JavaScript://x/%0aalert(1)", E::Scheme),
            ("data:text/html,x", E::Scheme),
            ("file:///etc/passwd", E::Scheme),
            ("about:blank", E::Scheme),
            ("unknown://x", E::UnknownScheme),
        ] {
            assert_eq!(rules().check(uri), Err(error), "{uri}");
        }
        assert_eq!(rules().check(&format!("https://e.com/{}", "a".repeat(MAX_LENGTH))), Err(E::TooLong));
    }
}
