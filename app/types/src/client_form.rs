//! The form in which people register and change clients.

use serde::{Deserialize, Serialize};

use super::{
    redirect_uri::{MAX_COUNT, RedirectRules},
    web_address::WebAddress,
};

/// Longest name, in characters.
pub const NAME_MAX: usize = 80;
/// Longest description, in characters.
pub const DESCRIPTION_MAX: usize = 1_000;
/// Longest website, in bytes.
pub const WEBSITE_MAX: usize = 2_048;

/// The text that a person types to register or change a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientForm {
    /// The name that people see on the consent page.
    pub name: String,
    /// The addresses that answers may go to. Empty lines do not count.
    pub redirect_uris: Vec<String>,
    /// Its purpose, in the words of whoever made it; may be empty.
    pub description: String,
    /// An http or https address; may be empty.
    pub website: String,
}

/// The fault of one field of a [`ClientForm`].
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

/// The rules that a form for a client needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationRules {
    /// The rules about redirect URIs.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redirect_uri::KNOWN_SCHEMES;

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
