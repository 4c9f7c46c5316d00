//! Settings: flags of the command line and `GATEPASS_*` in the environment.

mod bounds;
mod lifetimes;
mod options;

use std::net::IpAddr;

use ipnet::IpNet;
use types::redirect_uri::RedirectRules;
use url::{Host, Url};

pub use self::{
    bounds::{BoundOptions, Bounds},
    lifetimes::{ACCESS_TOKEN_LIFETIME_MAX, CODE_LIFETIME_MAX, LifetimeOptions, Lifetimes},
    options::{DatabaseOptions, LogFormat, ServeOptions},
};
use crate::{
    clock::{HOUR, MINUTE, Millis},
    error::{Error, Result},
    fetch::{AddressPolicy, OutboundProxy},
    oauth::client_document::DocumentPolicy,
};

/// How often something may be tried.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// So many times …
    pub times: u32,
    /// … in so many milliseconds.
    pub within: Millis,
}

/// The checked settings that handlers ask for.
#[derive(Clone, Debug)]
pub struct Config {
    /// The issuer, exactly as published: an origin without a trailing slash.
    pub issuer: String,
    /// Says if the issuer is https, so that cookies are `__Host-` ones.
    pub secure: bool,
    /// The port in the issuer, which tells the cookies of several servers on one host apart.
    pub port: u16,
    /// The issuer's host with its port where it has one, and the same for loopback by its other names.
    pub hosts: Vec<String>,
    /// Origins of browser apps that may call the resources.
    pub allowed_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Says if the issuer is on this machine.
    pub loopback: bool,
    /// Says if this is the demo workspace.
    pub demo: bool,
    /// What redirect URIs may be.
    pub redirect_rules: RedirectRules,
    /// Says if programs may register themselves.
    pub dynamic_registration: bool,
    /// From which hosts client ID documents are taken; `None` for no documents at all.
    pub client_documents: Option<DocumentPolicy>,
    /// Largest document, in bytes.
    pub client_document_max_bytes: usize,
    /// Documents that a person or an address makes this server fetch.
    pub client_document_limit: Limit,
    /// What this server fetches from one host.
    pub outbound_host_limit: Limit,
    /// Where requests of the server itself may go.
    pub address_policy: AddressPolicy,
    /// The proxy that they go through.
    pub outbound_proxy: Option<OutboundProxy>,
    /// Registrations per address.
    pub register_limit: Limit,
    /// Wrong passwords per account and address.
    pub sign_in_account_limit: Limit,
    /// Wrong passwords per address.
    pub sign_in_address_limit: Limit,
    /// Wrong secrets per client and address.
    pub client_secret_limit: Limit,
    /// Authorization requests per client and address.
    pub authorize_limit: Limit,
    /// Token and revocation requests per client and address.
    pub token_limit: Limit,
    /// Introspection requests per client and address.
    pub introspect_limit: Limit,
    /// Calls per grant.
    pub call_limit: Limit,
    /// Bounds on everything that strangers and single people make the server write and keep.
    pub bounds: Bounds,
    /// How long things live.
    pub lifetimes: Lifetimes,
}

impl Config {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::Setup`] with one clear line about the first setting that cannot be.
    pub fn check(options: &ServeOptions) -> Result<Self> {
        let setup = |message: String| Error::Setup(message);
        let given = options.public_url.clone().unwrap_or_else(|| format!("http://{}", options.bind));
        let issuer = given.strip_suffix('/').unwrap_or(&given).to_owned();
        let url =
            Url::parse(&issuer).map_err(|error| setup(format!("--public-url {given} is no URL: {error}")))?;
        if url.origin().ascii_serialization() != issuer {
            return Err(setup(format!(
                "--public-url {given} must be an origin such as https://gate.example: no path, query, user or default \
                 port, in lower case"
            )));
        }
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let secure = match url.scheme() {
            "https" => true,
            "http" if loopback => false,
            "http" => {
                return Err(setup(format!(
                    "--public-url {given} must be https; http is for loopback hosts only"
                )));
            }
            scheme => return Err(setup(format!("--public-url {given} must be https, not {scheme}"))),
        };
        if options.demo && !(loopback && options.bind.ip().is_loopback()) {
            return Err(setup(
                "--demo has known passwords and is for --bind and --public-url on loopback only".to_owned(),
            ));
        }
        if options.outbound_loopback && !loopback {
            return Err(setup(
                "--outbound-loopback lets strangers reach this machine and is for a --public-url on loopback only"
                    .to_owned(),
            ));
        }
        for origin in &options.allowed_origins {
            let parsed = Url::parse(origin).ok().map(|url| url.origin().ascii_serialization());
            if parsed.as_deref() != Some(origin) {
                return Err(setup(format!(
                    "--allowed-origins {origin} must be an origin such as https://app.example"
                )));
            }
        }
        let host = url.host_str().unwrap_or_default();
        let with_port =
            |host: &str| url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let aliases =
            ["localhost", "127.0.0.1", "[::1]"].into_iter().filter(|&alias| loopback && alias != host);
        let limit = |times, within| Limit { times, within };
        Ok(Self {
            secure,
            port: url.port_or_known_default().unwrap_or_default(),
            hosts: std::iter::once(host).chain(aliases).map(with_port).collect(),
            allowed_origins: options.allowed_origins.clone(),
            trusted_proxies: options
                .trusted_proxies
                .iter()
                .map(|text| network(text))
                .collect::<Result<_>>()?,
            loopback,
            demo: options.demo,
            redirect_rules: RedirectRules {
                known_schemes: options.redirect_schemes.iter().map(|scheme| scheme.to_lowercase()).collect(),
            },
            dynamic_registration: options.dynamic_registration,
            client_documents: options.client_documents.then_some(DocumentPolicy {
                allowed: hosts("--client-document-hosts", &options.client_document_hosts)?,
                denied: hosts("--client-document-hosts-denied", &options.client_document_hosts_denied)?,
            }),
            client_document_max_bytes: options.client_document_max_bytes as usize,
            client_document_limit: limit(options.client_document_limit, 10 * MINUTE),
            outbound_host_limit: limit(options.outbound_host_limit, 10 * MINUTE),
            address_policy: if options.outbound_loopback {
                AddressPolicy::PublicAndLoopback
            } else {
                AddressPolicy::Public
            },
            outbound_proxy: match options.outbound_proxy.as_deref().map(OutboundProxy::parse) {
                Some(None) => {
                    // It may hold a password, so it is not repeated.
                    let form = "http://proxy.example:3128, or http://user:password@proxy.example:3128";
                    return Err(setup(format!("--outbound-proxy must be like {form}")));
                }
                given => given.flatten(),
            },
            register_limit: limit(options.register_limit, HOUR),
            sign_in_account_limit: limit(options.sign_in_account_limit, 15 * MINUTE),
            sign_in_address_limit: limit(options.sign_in_address_limit, 15 * MINUTE),
            client_secret_limit: limit(options.client_secret_limit, 10 * MINUTE),
            authorize_limit: limit(options.authorize_limit, MINUTE),
            token_limit: limit(options.token_limit, MINUTE),
            introspect_limit: limit(options.introspect_limit, MINUTE),
            call_limit: limit(options.call_limit, MINUTE),
            bounds: Bounds::check(&options.bounds)?,
            lifetimes: Lifetimes::check(&options.lifetimes)?,
            issuer,
        })
    }

    /// The absolute URL of a path of this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}

/// An address or a network, as a setting names it.
fn network(text: &str) -> Result<IpNet> {
    text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
        Error::Setup(format!("--trusted-proxies {text} must be an address or a network such as 10.0.0.0/8"))
    })
}

/// Resolver of hosts, as settings give them.
fn hosts(flag: &str, names: &[String]) -> Result<Vec<String>> {
    let checked = |name: &String| {
        let bare = name.strip_prefix("*.").unwrap_or(name);
        let plain = bare.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
        if plain && Host::parse(bare).is_ok_and(|host| host.to_string() == bare) {
            return Ok(name.clone());
        }
        Err(Error::Setup(format!(
            "{flag} {name} must be a host such as app.example, or *.app.example, in lower case"
        )))
    };
    names.iter().map(checked).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::clock::{DAY, SECOND};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        serve: ServeOptions,
    }

    fn check(flags: &[&str]) -> Result<Config> {
        Config::check(&Line::parse_from([&["gatepass"], flags].concat()).serve)
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
            &["--code-lifetime", "-60s"],
            &["--code-lifetime", ""],
            &["--code-lifetime", "soon"],
            &["--code-lifetime", "500ms"],
            &["--code-lifetime", "1500ms"],
            &["--code-lifetime", "601s"],
            &["--access-token-lifetime", "0s"],
            &["--access-token-lifetime", "86401s"],
            &["--access-token-lifetime", "2h", "--refresh-idle-lifetime", "1h"],
            &["--refresh-idle-lifetime", "-1d"],
            &["--refresh-idle-lifetime", "366d"],
            &["--refresh-idle-lifetime", "30d", "--refresh-absolute-lifetime", "29d"],
            &["--refresh-absolute-lifetime", "3651d"],
            &["--refresh-absolute-lifetime", "99999999999999999999d"],
            &["--refresh-absolute-lifetime", "18446744073709551615s"],
            &["--refresh-replay", "11m"],
            &["--refresh-replay", "-1s"],
            &["--authorization-request-lifetime", "0s"],
            &["--authorization-request-lifetime", "11m"],
            &["--session-lifetime", "0s"],
            &["--session-lifetime", "401d"],
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
            &["--client-document-stale", "-1d"],
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
    fn lifetimes_are_written_as_people_write_them() {
        assert_eq!(
            check(&[]).unwrap().lifetimes,
            Lifetimes {
                code: MINUTE,
                access_token: HOUR,
                refresh_idle: 30 * DAY,
                refresh_absolute: 365 * DAY,
                refresh_replay: 30 * SECOND,
                authorization_request: 10 * MINUTE,
                client_document_stale: 7 * DAY,
                session: 30 * DAY,
            }
        );
        for (text, expected) in [("24h", DAY), ("1d", DAY), ("86400s", DAY), ("1h 30m", 90 * MINUTE)] {
            let lifetimes = check(&["--access-token-lifetime", text]).unwrap().lifetimes;
            assert_eq!(lifetimes.access_token, expected, "{text}");
        }
        let never = check(&["--refresh-replay", "0s"]).unwrap().lifetimes;
        assert_eq!(never.refresh_replay, 0);
        let error = check(&["--code-lifetime", "11m"]).unwrap_err().to_string();
        assert_eq!(error, "--code-lifetime 11m must be whole seconds from 1s to 10m");
        let error = check(&["--session-lifetime", "401d"]).unwrap_err().to_string();
        assert_eq!(error, "--session-lifetime 401d must be whole seconds from 1s to 400d");
    }
}
