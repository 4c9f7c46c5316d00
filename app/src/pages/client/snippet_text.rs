//! Two pieces of shell that take a client through the authorization code flow with PKCE (RFC 7636).

use types::{client::ClientType, client_form::Endpoints, id::ClientId, paths::query_value};

/// A placeholder for the code that the person gets in the browser.
const CODE: &str = "PASTE_THE_CODE_HERE";
/// A placeholder for a secret that is not known any more.
const SECRET: &str = "YOUR_CLIENT_SECRET";

/// The client that the snippets speak for.
#[derive(Clone)]
pub(crate) struct Flow {
    /// The URLs that it uses.
    pub(crate) endpoints: Endpoints,
    /// Its client ID.
    pub(crate) client_id: ClientId,
    /// Says if it has a secret.
    pub(crate) kind: ClientType,
    /// The secret, while it is known.
    pub(crate) secret: Option<String>,
    /// The address that the answer goes to.
    pub(crate) redirect_uri: String,
}

/// Text to paste into bash: first the one that prints the authorization URL, then the token request. The second uses the
/// code verifier that the first made.
pub(crate) fn snippets(flow: &Flow) -> (String, String) {
    (authorization_url(flow), token_request(flow))
}

fn authorization_url(flow: &Flow) -> String {
    let url = format!(
        "{}?response_type=code&client_id={}&redirect_uri={}&scope={}&resource={}&code_challenge_method=S256",
        flow.endpoints.authorize,
        query_value(&flow.client_id),
        query_value(&flow.redirect_uri),
        query_value("api:read"),
        query_value(&flow.endpoints.api),
    );
    let url = quoted(&url);
    [
        "code_verifier=$(openssl rand -hex 32)",
        "code_challenge=$(printf '%s' \"$code_verifier\" | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d '=')",
        "state=$(openssl rand -hex 16)",
        &format!("echo {url}\"&state=$state&code_challenge=$code_challenge\""),
    ]
    .join("\n")
}

fn token_request(flow: &Flow) -> String {
    let mut lines = vec![format!("code={}", quoted(CODE)), format!("client_id={}", quoted(&flow.client_id))];
    let who = match flow.kind {
        ClientType::Confidential => {
            lines.push(format!("client_secret={}", quoted(flow.secret.as_deref().unwrap_or(SECRET))));
            "-u \"$client_id:$client_secret\""
        }
        ClientType::Public => "--data-urlencode \"client_id=$client_id\"",
    };
    let request = [
        &format!("curl -sS {}", quoted(&flow.endpoints.token)),
        who,
        "--data-urlencode 'grant_type=authorization_code'",
        "--data-urlencode \"code=$code\"",
        &format!("--data-urlencode {}", quoted(&format!("redirect_uri={}", flow.redirect_uri))),
        "--data-urlencode \"code_verifier=$code_verifier\"",
    ]
    .join(" \\\n  ");
    lines.push(request);
    lines.join("\n")
}

/// A text as one word of the shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: ClientType, secret: Option<&str>, redirect_uri: &str) -> (String, String) {
        let endpoints = Endpoints {
            authorize: "https://gatepass.example/oauth/authorize".to_owned(),
            token: "https://gatepass.example/oauth/token".to_owned(),
            api: "https://gatepass.example/api".to_owned(),
        };
        snippets(&Flow {
            endpoints,
            client_id: types::id::Id::of("cli_1".to_owned()),
            kind,
            secret: secret.map(str::to_owned),
            redirect_uri: redirect_uri.to_owned(),
        })
    }

    #[test]
    fn the_url_is_complete_and_encoded() {
        let (url, _) = of(ClientType::Public, None, "https://app.example/cb?a=1&b='x'!$HOME");
        let last = url.lines().last().unwrap_or_default();
        assert_eq!(
            last,
            "echo 'https://gatepass.example/oauth/authorize?response_type=code&client_id=cli_1\
             &redirect_uri=https%3A//app.example/cb%3Fa%3D1%26b%3D%27x%27%21%24HOME&scope=api%3Aread\
             &resource=https%3A//gatepass.example/api&code_challenge_method=S256'\
             \"&state=$state&code_challenge=$code_challenge\""
        );
        assert_eq!(url.lines().count(), 4);
        assert!(!url.contains("read "), "read would swallow the lines that are pasted after it");
    }

    #[test]
    fn a_confidential_client_authenticates_with_its_secret() {
        let (_, request) = of(ClientType::Confidential, Some("s3cret"), "https://app.example/cb");
        assert_eq!(
            request,
            "code='PASTE_THE_CODE_HERE'\n\
             client_id='cli_1'\n\
             client_secret='s3cret'\n\
             curl -sS 'https://gatepass.example/oauth/token' \\\n  \
             -u \"$client_id:$client_secret\" \\\n  \
             --data-urlencode 'grant_type=authorization_code' \\\n  \
             --data-urlencode \"code=$code\" \\\n  \
             --data-urlencode 'redirect_uri=https://app.example/cb' \\\n  \
             --data-urlencode \"code_verifier=$code_verifier\""
        );
        let (_, later) = of(ClientType::Confidential, None, "https://app.example/cb");
        assert!(later.contains("client_secret='YOUR_CLIENT_SECRET'"));
    }

    #[test]
    fn a_public_client_names_itself_in_the_body() {
        let (_, request) = of(ClientType::Public, None, "https://app.example/cb");
        assert!(request.starts_with("code='PASTE_THE_CODE_HERE'\n"));
        assert!(request.contains("--data-urlencode \"client_id=$client_id\""));
        assert!(!request.contains("secret") && !request.contains("-u "));
    }

    #[test]
    fn nothing_in_a_redirect_uri_reaches_the_shell() {
        let (_, request) = of(ClientType::Public, None, "https://app.example/it's?$(id)&`id`!!;x");
        assert!(
            request.contains(r"--data-urlencode 'redirect_uri=https://app.example/it'\''s?$(id)&`id`!!;x' \")
        );
        assert_eq!(quoted("'"), r"''\'''");
    }
}
