//! Settings: what the command line, the environment and a file say, and what follows from it.

mod lifetimes;
mod limits;
mod options;
mod values;

use lettre::message::Mailbox;
use types::redirect_uri::RedirectRules;
use url::{Host, Url};

pub use self::{
    lifetimes::{ACCESS_TOKEN_LIFETIME_MAX, CODE_LIFETIME_MAX, Lifetimes},
    limits::Limits,
    options::{DatabaseOptions, LogFormat, OrganizationCreation, ServeOptions},
    values::{Limit, LimitParser, ValueError},
};
use crate::{
    error::{Error, Result},
    fetch::AddressPolicy,
    oauth::client_document::DocumentPolicy,
};

/// The settings, which fit together, and what follows from them.
#[derive(Clone, Debug)]
pub struct Config {
    /// The settings as they are given.
    pub options: ServeOptions,
    /// The issuer, exactly as published: an origin without a trailing slash.
    pub issuer: String,
    /// Says if the issuer is https, so that cookies are `__Host-` ones.
    pub secure: bool,
    /// The port in the issuer, which tells the cookies of several servers on one host apart.
    pub port: u16,
    /// The issuer's host with its port where it has one, and the same for loopback by its other names.
    pub hosts: Vec<String>,
    /// Says if the issuer is on this machine.
    pub loopback: bool,
    /// The address that mail comes from.
    pub mail_from: Mailbox,
    /// The rules that redirect URIs keep.
    pub redirect_rules: RedirectRules,
    /// The hosts from which client ID documents are taken; `None` for no documents at all.
    pub client_documents: Option<DocumentPolicy>,
    /// The addresses that requests of the server itself may go to.
    pub address_policy: AddressPolicy,
}

impl Config {
    /// Checks the settings that depend on each other, and works out what follows from them.
    ///
    /// # Errors
    /// [`Error::Setup`] with one clear line about the first setting that cannot be.
    pub fn check(options: ServeOptions) -> Result<Self> {
        let url = public_url(&options)?;
        let loopback = is_loopback(&url);
        check_loopback_only(&options, loopback)?;
        options.lifetimes.check()?;
        let known_schemes = options.redirect_schemes.iter().map(|scheme| scheme.to_lowercase()).collect();
        let policy = || DocumentPolicy {
            allowed: options.client_document_hosts.clone(),
            denied: options.client_document_hosts_denied.clone(),
        };
        Ok(Self {
            issuer: url.origin().ascii_serialization(),
            secure: url.scheme() == "https",
            port: url.port_or_known_default().unwrap_or_default(),
            hosts: hosts(&url, loopback),
            mail_from: mail_from(&options, &url)?,
            loopback,
            redirect_rules: RedirectRules { known_schemes },
            client_documents: options.client_documents.then(policy),
            address_policy: if options.outbound_loopback {
                AddressPolicy::PublicAndLoopback
            } else {
                AddressPolicy::Public
            },
            options,
        })
    }

    /// The absolute URL of a path of this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}

/// The address that mail comes from: the one that is set, else one of the server's own host.
fn mail_from(options: &ServeOptions, url: &Url) -> Result<Mailbox> {
    if let Some(from) = &options.mail_from {
        return Ok(from.clone());
    }
    let host = match url.host() {
        Some(Host::Domain(name)) => name,
        // Mail goes to names.
        _ => "localhost",
    };
    let address = format!("gatepass@{host}");
    address
        .parse()
        .map_err(|_| Error::Setup(format!("--mail-from is needed: {address} is no e-mail address")))
}

/// Reads the public URL: an https origin, or an http one on loopback.
fn public_url(options: &ServeOptions) -> Result<Url> {
    let given = options.public_url.clone().unwrap_or_else(|| format!("http://{}", options.bind));
    let refused = |reason: String| Error::Setup(format!("--public-url {given} {reason}"));
    let issuer = given.strip_suffix('/').unwrap_or(&given);
    let url = Url::parse(issuer).map_err(|error| refused(format!("is no URL: {error}")))?;
    if url.origin().ascii_serialization() != issuer {
        return Err(refused(
            "must be an origin such as https://gate.example: no path, query, user or default port, in lower case"
                .to_owned(),
        ));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(refused("must be https; http is for loopback hosts only".to_owned())),
        scheme => Err(refused(format!("must be https, not {scheme}"))),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Refuses what is for loopback only where strangers could come.
fn check_loopback_only(options: &ServeOptions, loopback: bool) -> Result<()> {
    let refused = |reason: &str| Err(Error::Setup(reason.to_owned()));
    if options.demo && !(loopback && options.bind.ip().is_loopback()) {
        return refused("--demo has known passwords and is for --bind and --public-url on loopback only");
    }
    if options.outbound_loopback && !loopback {
        return refused(
            "--outbound-loopback lets strangers reach this machine and is for a --public-url on loopback only",
        );
    }
    Ok(())
}

/// The hosts by which requests may call this server.
fn hosts(url: &Url, loopback: bool) -> Vec<String> {
    let host = url.host_str().unwrap_or_default();
    let aliases = ["localhost", "127.0.0.1", "[::1]"].into_iter().filter(|&alias| loopback && alias != host);
    let with_port = |host: &str| url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    std::iter::once(host).chain(aliases).map(with_port).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::clock::{DAY, HOUR, MINUTE, SECOND};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        serve: ServeOptions,
    }

    fn check(flags: &[&str]) -> Result<Config> {
        let line = Line::try_parse_from([&["gatepass"], flags].concat());
        let first_line = |error: clap::Error| error.to_string().lines().next().unwrap_or_default().to_owned();
        Config::check(line.map_err(|error| Error::Setup(first_line(error)))?.serve)
    }

    #[test]
    fn the_issuer_is_the_public_url_without_its_slash() {
        assert_eq!(check(&[]).unwrap().issuer, "http://127.0.0.1:3000");
        assert_eq!(check(&["--public-url", "https://gate.example/"]).unwrap().issuer, "https://gate.example");
    }

    #[test]
    fn d9_bad_settings_stop_the_start_with_one_line() {
        for flags in [
            &["--public-url", "http://gate.example"][..],
            &["--public-url", "https://gate.example?x"],
            &["--public-url", "ftp://gate.example"],
            &["--public-url", "gate.example"],
            &["--demo", "--public-url", "https://gate.example"],
            &["--demo", "--bind", "0.0.0.0:3000", "--public-url", "http://127.0.0.1:3000"],
            &["--allowed-origins", "https://app.example/x"],
            &["--trusted-proxies", "10.0.0.0/33"],
            &["--trusted-proxies", "proxy.example"],
            &["--client-document-hosts", "https://app.example"],
            &["--client-document-hosts", "App.example"],
            &["--client-document-hosts-denied", "*"],
            &["--outbound-loopback", "--public-url", "https://gate.example"],
            &["--code-lifetime", "0"],
            &["--code-lifetime", "0s"],
            &["--code-lifetime", "60"],
            &["--code-lifetime", ""],
            &["--code-lifetime", "soon"],
            &["--code-lifetime", "500ms"],
            &["--code-lifetime", "1500ms"],
            &["--code-lifetime", "601s"],
            &["--access-token-lifetime", "0s"],
            &["--access-token-lifetime", "86401s"],
            &["--access-token-lifetime", "2h", "--refresh-idle-lifetime", "1h"],
            &["--refresh-idle-lifetime", "366d"],
            &["--refresh-idle-lifetime", "30d", "--refresh-absolute-lifetime", "29d"],
            &["--refresh-absolute-lifetime", "3651d"],
            &["--refresh-absolute-lifetime", "99999999999999999999d"],
            &["--refresh-absolute-lifetime", "18446744073709551615s"],
            &["--refresh-replay", "11m"],
            &["--authorization-request-lifetime", "0s"],
            &["--authorization-request-lifetime", "11m"],
            &["--session-lifetime", "0s"],
            &["--session-lifetime", "401d"],
            &["--audit-retention", "3651d"],
            &["--ended-access-retention", "3651d"],
            &["--ended-access-retention", "never"],
            &["--register-limit", "0"],
            &["--register-limit", "20/0s"],
            &["--register-limit", "20/25h"],
            &["--register-limit", "twenty"],
            &["--sign-in-account-limit", "0"],
            &["--sign-in-address-limit", "0"],
            &["--client-secret-limit", "0"],
            &["--authorize-limit", "0"],
            &["--token-limit", "0"],
            &["--introspect-limit", "0"],
            &["--call-limit", "0"],
            &["--client-document-limit", "0"],
            &["--outbound-host-limit", "0"],
            &["--database-url", "mysql://localhost/x"],
            &["--register-all-limit", "0"],
            &["--unused-clients-max", "0"],
            &["--authorize-address-limit", "0"],
            &["--authorize-person-limit", "0"],
            &["--waiting-requests-max", "0"],
            &["--waiting-requests-max-bytes", "0"],
            &["--assertion-client-limit", "0"],
            &["--assertion-address-limit", "0"],
            &["--assertion-all-limit", "0"],
            &["--token-client-limit", "0"],
            &["--refresh-limit", "0"],
            &["--sign-in-person-limit", "0"],
            &["--consent-limit", "0"],
            &["--change-limit", "0"],
            &["--page-limit", "0"],
            &["--outbound-proxy", "proxy.example:3128"],
            &["--outbound-proxy", "socks5://proxy.example:1080"],
            &["--outbound-proxy", "http://proxy.example:3128/path"],
            &["--client-document-stale", "31d"],
        ] {
            let error = check(flags).unwrap_err().to_string();
            assert!(error.contains("--") && !error.contains('\n'), "{flags:?}: {error}");
            assert!(error.contains(flags[0]), "{flags:?}: {error}");
        }
    }

    #[test]
    fn d5_an_issuer_with_a_path_is_refused() {
        for url in ["https://gate.example/t1", "https://gate.example/t1/", "http://127.0.0.1:3000/t1"] {
            let error = check(&["--public-url", url]).unwrap_err().to_string();
            assert!(error.contains(url) && error.contains("no path") && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn the_defaults_are_what_they_are() {
        let ServeOptions { lifetimes, limits, .. } = check(&[]).unwrap().options;
        let expected = Lifetimes {
            code_lifetime: MINUTE,
            access_token_lifetime: HOUR,
            refresh_idle_lifetime: 30 * DAY,
            refresh_absolute_lifetime: 365 * DAY,
            refresh_replay: 30 * SECOND,
            authorization_request_lifetime: 10 * MINUTE,
            client_document_stale: 7 * DAY,
            session_lifetime: 30 * DAY,
            audit_retention: 400 * DAY,
            ended_access_retention: 400 * DAY,
        };
        assert_eq!(lifetimes, expected);
        assert_eq!(limits.register_limit, Limit { times: 20, within: HOUR });
        assert_eq!(limits.sign_in_account_limit, Limit { times: 10, within: 15 * MINUTE });
    }

    #[test]
    fn what_is_given_is_kept() {
        let flags = ["--access-token-lifetime", "1h 30m", "--refresh-replay", "0s", "--register-limit", "7"];
        let ServeOptions { lifetimes, limits, .. } = check(&flags).unwrap().options;
        assert_eq!(lifetimes.access_token_lifetime, 90 * MINUTE);
        assert_eq!(lifetimes.refresh_replay, 0);
        assert_eq!(limits.register_limit, Limit { times: 7, within: HOUR });
        let limits = check(&["--register-limit", "7/1m"]).unwrap().options.limits;
        assert_eq!(limits.register_limit, Limit { times: 7, within: MINUTE });
    }
}
