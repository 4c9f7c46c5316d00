//! OAuth clients, as the people see them who register and administer them.

use serde::{Deserialize, Serialize};

use super::{
    activity::Activity,
    own_access::OwnAccess,
    redirect_uri::{MAX_COUNT, RedirectRules},
    web_address::WebAddress,
};

/// Longest name, in characters.
pub const NAME_MAX: usize = 80;
/// Longest description, in characters.
pub const DESCRIPTION_MAX: usize = 1_000;
/// Longest website, in bytes.
pub const WEBSITE_MAX: usize = 2_048;
/// Most secrets of one client that work at the same time: the one in use, and the one that replaces it.
pub const LIVE_SECRETS_MAX: usize = 2;

/// Where a client's registration came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientSource {
    /// An administrator.
    Admin,
    /// A user.
    User,
    /// The client itself (RFC 7591).
    Dynamic,
    /// A document on the web, whose address is the client ID.
    MetadataDocument,
}

impl ClientSource {
    /// All sources, in the order in which pages offer them.
    pub const ALL: [Self; 4] = [Self::Admin, Self::User, Self::Dynamic, Self::MetadataDocument];

    /// The word in URLs and in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
            Self::Dynamic => "dynamic",
            Self::MetadataDocument => "metadata_document",
        }
    }

    /// The word that pages show.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Admin => "Registered by an administrator",
            Self::User => "Registered by a user",
            Self::Dynamic => "Registered itself",
            Self::MetadataDocument => "Client ID document",
        }
    }

    /// The source with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }

    /// Whether people describe the client here; what comes by itself describes itself.
    pub const fn is_described_here(self) -> bool {
        matches!(self, Self::Admin | Self::User)
    }
}

/// Whether a client can keep a secret (OAuth 2.1 §2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientType {
    /// A web server: it authenticates with a secret.
    #[default]
    Confidential,
    /// A browser, desktop or mobile app: everybody can read what is in it.
    Public,
}

impl ClientType {
    /// The word that pages show.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Confidential => "Confidential",
            Self::Public => "Public",
        }
    }
}

/// What a client is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientStatus {
    /// It may be used.
    Active,
    /// Its owner switched it off, and can switch it on again.
    Disabled,
    /// An administrator switched it off; only an administrator can switch it on again.
    Blocked,
}

impl ClientStatus {
    /// All of them, in the order in which pages offer them.
    pub const ALL: [Self; 3] = [Self::Active, Self::Disabled, Self::Blocked];

    /// The word in URLs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Blocked => "blocked",
        }
    }

    /// The word that pages show.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Disabled => "Disabled",
            Self::Blocked => "Blocked",
        }
    }

    /// The status with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// What a person types to register or change a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientForm {
    /// What people see on the consent page.
    pub name: String,
    /// Where answers may go. Empty lines do not count.
    pub redirect_uris: Vec<String>,
    /// What it is for; may be empty.
    pub description: String,
    /// An http or https address; may be empty.
    pub website: String,
}

/// What is wrong with one field of a [`ClientForm`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// `name`, `redirect_uri_0` and so on, `description` or `website`: the `id` of the control.
    pub field: String,
    /// A sentence.
    pub message: String,
}

impl ClientForm {
    /// Checks every field: in the browser as one types, and again on the server.
    ///
    /// # Errors
    /// Each field that cannot be taken, in the order of the page.
    pub fn check(&self, rules: &RedirectRules) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut refuse =
            |field: &str, message: String| errors.push(FieldError { field: field.to_owned(), message });
        match self.name.trim() {
            "" => refuse("name", "Give the app a name.".to_owned()),
            name if name.chars().count() > NAME_MAX => {
                refuse("name", format!("The name is longer than {NAME_MAX} characters."));
            }
            _ => {}
        }
        if self.redirect_uris.iter().all(|uri| uri.trim().is_empty()) {
            refuse("redirect_uri_0", "Give at least one redirect URI.".to_owned());
        }
        if self.redirect_uris.len() > MAX_COUNT {
            refuse("redirect_uri_0", format!("An app has at most {MAX_COUNT} redirect URIs."));
        }
        for (index, uri) in self.redirect_uris.iter().enumerate().take(MAX_COUNT) {
            if let Err(message) = self.check_redirect_uri(index, uri.trim(), rules) {
                refuse(&format!("redirect_uri_{index}"), message);
            }
        }
        if self.description.chars().count() > DESCRIPTION_MAX {
            refuse("description", format!("The description is longer than {DESCRIPTION_MAX} characters."));
        }
        let website = self.website.trim();
        if !website.is_empty() && (website.len() > WEBSITE_MAX || WebAddress::parse(website).is_none()) {
            refuse("website", "The website must be an http or https address.".to_owned());
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    fn check_redirect_uri(&self, index: usize, uri: &str, rules: &RedirectRules) -> Result<(), String> {
        if uri.is_empty() {
            return Ok(());
        }
        rules.check(uri).map_err(|error| format!("The redirect URI {error}."))?;
        let twice = self.redirect_uris[..index].iter().any(|earlier| earlier.trim() == uri);
        if twice { Err("The redirect URI is listed twice.".to_owned()) } else { Ok(()) }
    }

    /// The redirect URIs without empty lines and surrounding space.
    pub fn trimmed_redirect_uris(&self) -> Vec<String> {
        self.redirect_uris.iter().map(|uri| uri.trim().to_owned()).filter(|uri| !uri.is_empty()).collect()
    }
}

/// What a form for a client needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationRules {
    /// Which redirect URIs may be registered.
    pub redirect: RedirectRules,
    /// The URLs that the client will use.
    pub endpoints: Endpoints,
}

/// The URLs that a client uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// The authorization endpoint.
    pub authorize: String,
    /// The token endpoint.
    pub token: String,
    /// The REST API as a resource (RFC 8707).
    pub api: String,
}

/// What a client is known by. The secret is shown once and never again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The client ID.
    pub client_id: String,
    /// A new secret, for a confidential client.
    pub client_secret: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// How much is connected through some clients: what a dialog counts before something ends, and what ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    /// Clients.
    pub clients: u64,
    /// Different people with a live grant.
    pub users: u64,
    /// Live grants.
    pub grants: u64,
    /// Access and refresh tokens that work now.
    pub tokens: u64,
}

/// Everything that owner and administrators see of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientDetails {
    /// The client ID.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its website, as a host to show and a URL to open.
    pub website: Option<(String, String)>,
    /// Who registered it.
    pub source: ClientSource,
    /// Whether it has secrets.
    pub kind: ClientType,
    /// Whether an administrator vouches for it.
    pub verified: bool,
    /// What it is now.
    pub status: ClientStatus,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// The name and e-mail address of the user it belongs to.
    pub owner: Option<(String, String)>,
    /// When it was registered, in Unix milliseconds.
    pub created_at: i64,
    /// Different people with a live grant.
    pub users: u64,
    /// Live grants.
    pub grants: u64,
    /// The last call, in Unix milliseconds.
    pub last_used_at: Option<i64>,
    /// Newest first: those that work, and those retired lately.
    pub secrets: Vec<SecretRow>,
    /// How far it may act by itself.
    pub own: OwnAccess,
    /// What happened to it.
    pub activity: Activity,
    /// For the form and the snippets.
    pub rules: RegistrationRules,
    /// When the page was made, in Unix milliseconds.
    pub now: i64,
}

impl ClientDetails {
    /// Whether people may change it: what registered itself describes itself.
    pub const fn editable(&self) -> bool {
        self.source.is_described_here()
    }

    /// How many secrets work.
    pub fn live_secrets(&self) -> usize {
        self.secrets.iter().filter(|secret| secret.retired_at.is_none()).count()
    }
}

/// A client secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRow {
    /// `sec_…`.
    pub id: String,
    /// Its first characters.
    pub prefix: String,
    /// Its last four characters.
    pub last_four: String,
    /// When it was made, in Unix milliseconds.
    pub created_at: i64,
    /// When the client last authenticated with it, in Unix milliseconds.
    pub last_used_at: Option<i64>,
    /// When it was retired, in Unix milliseconds; `None` while it works.
    pub retired_at: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::redirect_uri::KNOWN_SCHEMES;

    fn fields(form: &ClientForm) -> Vec<String> {
        let rules = RedirectRules { known_schemes: KNOWN_SCHEMES.map(str::to_owned).to_vec() };
        let errors = form.check(&rules).err().unwrap_or_default();
        errors.into_iter().map(|error| error.field).collect()
    }

    fn good() -> ClientForm {
        ClientForm {
            name: "Reports".to_owned(),
            redirect_uris: vec!["https://reports.example/cb".to_owned(), " ".to_owned()],
            description: String::new(),
            website: String::new(),
        }
    }

    #[test]
    fn a_form_names_each_field_that_is_wrong() {
        assert_eq!(fields(&good()), [""; 0]);
        assert_eq!(fields(&ClientForm::default()), ["name", "redirect_uri_0"]);
        let uri = "https://reports.example/cb".to_owned();
        let twice = vec![uri.clone(), String::new(), format!(" {uri}")];
        assert_eq!(fields(&ClientForm { redirect_uris: twice, ..good() }), ["redirect_uri_2"]);
        let bad = ClientForm {
            name: "x".repeat(NAME_MAX + 1),
            redirect_uris: vec![uri, "http://reports.example/cb".to_owned()],
            description: "x".repeat(DESCRIPTION_MAX + 1),
            website: "javascript:alert(1)".to_owned(),
        };
        assert_eq!(fields(&bad), ["name", "redirect_uri_1", "description", "website"]);
        let many = (0..=MAX_COUNT).map(|number| format!("https://e.example/{number}")).collect();
        assert_eq!(fields(&ClientForm { redirect_uris: many, ..good() }), ["redirect_uri_0"]);
        for website in ["reports.example", "ftp://reports.example", "https://", "https://a@b.example"] {
            assert_eq!(
                fields(&ClientForm { website: website.to_owned(), ..good() }),
                ["website"],
                "{website}"
            );
        }
    }
}
