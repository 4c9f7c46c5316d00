//! Every path that router, links and tests share.

use super::scope::Resource;

/// The sign-in page, and where its form posts.
pub const SIGN_IN: &str = "/sign-in";
/// The target of the sign-out button.
pub const SIGN_OUT: &str = "/sign-out";
/// The path under which consent pages are.
pub const CONSENT: &str = "/consent/";
/// The target of the consent form.
pub const CONSENT_POST: &str = "/oauth/consent";
/// The authorization endpoint (RFC 6749 §3.1).
pub const AUTHORIZE: &str = "/oauth/authorize";
/// Takes the form of `Revoke`.
pub const REVOKE_GRANT: &str = "/grants/revoke";
/// The token endpoint (RFC 6749 §3.2).
pub const TOKEN: &str = "/oauth/token";
/// The registration endpoint (RFC 7591 §3).
pub const REGISTER: &str = "/oauth/register";
/// The revocation endpoint (RFC 7009 §2).
pub const REVOKE: &str = "/oauth/revoke";
/// The introspection endpoint (RFC 7662 §2).
pub const INTROSPECT: &str = "/oauth/introspect";
/// The signing keys (RFC 7517 §5).
pub const JWKS: &str = "/oauth/jwks.json";
/// Authorization server metadata (RFC 8414 §3).
pub const SERVER_METADATA: &str = "/.well-known/oauth-authorization-server";
/// Protected resource metadata (RFC 9728 §3), to be followed by the resource's path.
pub const RESOURCE_METADATA: &str = "/.well-known/oauth-protected-resource";
/// The MCP server.
pub const MCP: &str = "/mcp";
/// The REST API.
pub const API: &str = "/api";
/// The prefix of server functions; set as `SERVER_FN_PREFIX` in `.cargo/config.toml`.
pub const SERVER_FUNCTIONS: &str = "/_fn/";
/// The apps that a person registered.
pub const OAUTH_APPS: &str = "/settings/oauth-apps";
/// The page on which a person registers one.
pub const NEW_OAUTH_APP: &str = "/settings/oauth-apps/new";
/// Every client, for instance admins.
pub const ADMIN_CLIENTS: &str = "/admin/oauth-clients";
/// The page on which an instance admin registers one.
pub const NEW_ADMIN_CLIENT: &str = "/admin/oauth-clients/new";
/// The first version of the REST API.
pub const API_V1: &str = "/api/v1";

/// The page that makes the first person.
pub const SET_UP: &str = "/setup";
/// The page on which anybody makes an account, where that is allowed.
pub const SIGN_UP: &str = "/account/sign-up";
/// The page that asks for a link to set a new password.
pub const FORGOT: &str = "/account/forgot-password";
/// The page that sets it.
pub const RESET: &str = "/account/reset-password";
/// The page that confirms an e-mail address.
pub const CONFIRM_EMAIL: &str = "/account/confirm-email";
/// The account of the person.
pub const PROFILE: &str = "/settings/profile";
/// The sign-ins of the person.
pub const SESSIONS: &str = "/settings/sessions";
/// The page on which an organization is made.
pub const NEW_ORGANIZATION: &str = "/settings/new-organization";
/// Everybody, for instance admins.
pub const ADMIN_USERS: &str = "/admin/users";
/// Every organization, for instance admins.
pub const ADMIN_ORGANIZATIONS: &str = "/admin/organizations";

/// The address that a form is posted to.
pub fn form(name: &str) -> String {
    format!("/forms/{name}")
}

/// The page of an invitation.
pub fn invite(token: &str) -> String {
    format!("/invite/{token}")
}

/// A page that opens with a secret.
pub fn with_token(path: &str, token: &str) -> String {
    format!("{path}?token={token}")
}

/// The members of an organization.
pub fn members(organization: &str) -> String {
    format!("/o/{organization}/settings/members")
}

/// The products of an organization.
pub fn products(organization: &str) -> String {
    format!("/o/{organization}/settings/products")
}

/// The organization itself.
pub fn general(organization: &str) -> String {
    format!("/o/{organization}/settings/general")
}

/// A person, for instance admins.
pub fn admin_user(user_id: &str) -> String {
    format!("{ADMIN_USERS}/{user_id}")
}

/// The consent page of a request.
pub fn consent(handle: &str) -> String {
    format!("{CONSENT}{handle}")
}

/// A product's data.
pub fn product(organization: &str, product: &str) -> String {
    format!("/o/{organization}/{product}")
}

/// The Apps tab of an organization.
pub fn apps(organization: &str) -> String {
    format!("/o/{organization}/settings/apps")
}

/// An app of one's own. `client_id` may stand in a path as it is.
pub fn oauth_app(client_id: &str) -> String {
    format!("{OAUTH_APPS}/{client_id}")
}

/// A client, for instance admins.
pub fn admin_client(client_id: &str) -> String {
    format!("{ADMIN_CLIENTS}/{client_id}")
}

/// The logo of a client, by the entry that it belongs to.
pub fn client_logo(entry: &str) -> String {
    format!("/client-logos/{entry}")
}

/// A path with a query of those values that are not empty.
pub fn with_query(path: &str, values: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = values
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", query_value(value)))
        .collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// The sign-in page that leads back to `next` (a path with its query).
pub fn sign_in_then(next: &str) -> String {
    format!("{SIGN_IN}?next={}", query_value(next))
}

/// Text as a value in a query.
pub fn query_value(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// Longest path that sign-in leads back to, in bytes: an authorization request with its query fits.
const NEXT_MAX: usize = 10_000;

/// `next` when it is a path on this server, `/` otherwise: no scheme, no host, no backslash, so that sign-in cannot be
/// used to send a person elsewhere, and only what a URL has: browsers encode the rest, and `Location` holds no other.
pub fn local_path(next: &str) -> &str {
    let rest = next.strip_prefix('/');
    let safe = rest.is_some_and(|rest| !rest.starts_with('/'))
        && next.len() <= NEXT_MAX
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if safe { next } else { "/" }
}

/// The path of a resource's metadata (RFC 9728 §3.1).
pub fn resource_metadata(resource: Resource) -> String {
    format!("{RESOURCE_METADATA}{}", resource.url(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_come_back() {
        assert_eq!(local_path(&"/".repeat(NEXT_MAX + 1)), "/");
        assert_eq!(local_path("/o/acme/support?page=2"), "/o/acme/support?page=2");
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "",
            "/\\evil",
            "\\\\evil",
            "/a\nb",
            "/\t/evil",
            "x",
            "/a b",
            "/\u{e4}",
        ] {
            assert_eq!(local_path(elsewhere), "/", "{elsewhere:?}");
        }
    }

    #[test]
    fn next_keeps_its_own_query() {
        assert_eq!(sign_in_then("/a?b=c&d=ä"), "/sign-in?next=/a%3Fb%3Dc%26d%3D%C3%A4");
    }
}
