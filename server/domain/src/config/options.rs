//! The flags of the command line, each with its variable in the environment.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use types::redirect_uri::KNOWN_SCHEMES;

use super::{BoundOptions, LifetimeOptions};
use crate::db::location::DatabaseLocation;
use crate::{db::private_files, error::Result};

/// The settings that every command that opens the database has.
#[derive(Args, Clone, Debug)]
pub struct DatabaseOptions {
    /// The database: sqlite://FILE or postgres://… [default: sqlite://<data-dir>/gatepass.sqlite]
    #[arg(long, env = "GATEPASS_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Where the SQLite database and the master key are
    #[arg(long, env = "GATEPASS_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
}

impl DatabaseOptions {
    /// Where the master key is.
    pub fn master_key_file(&self, given: Option<&PathBuf>) -> PathBuf {
        given.cloned().unwrap_or_else(|| self.data_dir.join("master.key"))
    }

    /// Returns the location of the database, for the demo workspace or not.
    ///
    /// # Errors
    /// [`Error::Setup`](crate::error::Error::Setup) when the URL names none.
    pub fn location(&self, demo: bool) -> Result<DatabaseLocation> {
        let file = if demo { "demo.sqlite" } else { "gatepass.sqlite" };
        let in_folder = || Ok(DatabaseLocation::Sqlite(self.data_dir.join(file)));
        self.database_url.as_deref().map_or_else(in_folder, DatabaseLocation::parse)
    }

    /// Makes the data folder, if the database is to be in it, for its owner alone.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make_folder(&self) -> Result<()> {
        if self.database_url.is_some() { Ok(()) } else { private_files::make_folder(&self.data_dir) }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// The settings of `gatepass serve`.
#[derive(Args, Clone, Debug)]
pub struct ServeOptions {
    /// The address and port to listen on
    #[arg(long, env = "GATEPASS_BIND", default_value = "127.0.0.1:3000")]
    pub bind: SocketAddr,
    /// Where people and programs reach this server; it is the issuer [default: http://<bind>]
    #[arg(long, env = "GATEPASS_PUBLIC_URL")]
    pub public_url: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub database: DatabaseOptions,
    /// Serve the demo workspace, in a database of its own (loopback only)
    #[arg(long, env = "GATEPASS_DEMO")]
    pub demo: bool,
    /// The file with the key that seals secrets in the database; made at the first start on SQLite, required on
    /// PostgreSQL [default: <data-dir>/master.key]
    #[arg(long, env = "GATEPASS_MASTER_KEY_FILE")]
    pub master_key_file: Option<PathBuf>,
    /// Origins of browser apps that may call the MCP server and the REST API, beside this server's own
    #[arg(long, env = "GATEPASS_ALLOWED_ORIGINS", value_delimiter = ',')]
    pub allowed_origins: Vec<String>,
    /// Proxies, as addresses or networks such as 10.0.0.0/8, whose X-Forwarded-For tells where a request comes from
    #[arg(long, env = "GATEPASS_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<String>,
    /// Private-use redirect schemes without a dot that clients may use
    #[arg(long, env = "GATEPASS_REDIRECT_SCHEMES", value_delimiter = ',', default_values = KNOWN_SCHEMES)]
    pub redirect_schemes: Vec<String>,
    /// Says if programs may register themselves (RFC 7591)
    #[arg(long, env = "GATEPASS_DYNAMIC_REGISTRATION", default_value_t = true, action = clap::ArgAction::Set)]
    pub dynamic_registration: bool,
    /// Says if client IDs may be addresses of documents in which clients describe themselves
    #[arg(long, env = "GATEPASS_CLIENT_DOCUMENTS", default_value_t = true, action = clap::ArgAction::Set)]
    pub client_documents: bool,
    /// The only hosts of such documents, as names or *.name for all names under it [default: all]
    #[arg(long, env = "GATEPASS_CLIENT_DOCUMENT_HOSTS", value_delimiter = ',')]
    pub client_document_hosts: Vec<String>,
    /// Hosts of which no such documents are taken
    #[arg(long, env = "GATEPASS_CLIENT_DOCUMENT_HOSTS_DENIED", value_delimiter = ',')]
    pub client_document_hosts_denied: Vec<String>,
    /// Largest such document, in bytes
    #[arg(long, env = "GATEPASS_CLIENT_DOCUMENT_MAX_BYTES", default_value_t = 5_120, value_parser = clap::value_parser!(u32).range(256..=65_536))]
    pub client_document_max_bytes: u32,
    /// Documents that a person or an address may make this server fetch in 10 minutes, and as many keys
    #[arg(long, env = "GATEPASS_CLIENT_DOCUMENT_LIMIT", default_value_t = 20)]
    pub client_document_limit: u32,
    /// Documents with logos, and as many keys, that this server fetches from one host in 10 minutes
    #[arg(long, env = "GATEPASS_OUTBOUND_HOST_LIMIT", default_value_t = 300)]
    pub outbound_host_limit: u32,
    /// The HTTP proxy through which this server fetches documents, logos and keys, as http://[user:password@]host:port; it
    /// must refuse to connect to addresses inside [default: none]
    #[arg(long, env = "GATEPASS_OUTBOUND_PROXY", hide_env_values = true)]
    pub outbound_proxy: Option<String>,
    /// For development: let this server fetch from its own machine too (loopback only)
    #[arg(long, env = "GATEPASS_OUTBOUND_LOOPBACK")]
    pub outbound_loopback: bool,
    /// Registrations that one address may make in an hour
    #[arg(long, env = "GATEPASS_REGISTER_LIMIT", default_value_t = 20)]
    pub register_limit: u32,
    /// Wrong passwords that an address may send for an account in 15 minutes
    #[arg(long, env = "GATEPASS_SIGN_IN_ACCOUNT_LIMIT", default_value_t = 10)]
    pub sign_in_account_limit: u32,
    /// Wrong passwords that an address may send in 15 minutes
    #[arg(long, env = "GATEPASS_SIGN_IN_ADDRESS_LIMIT", default_value_t = 50)]
    pub sign_in_address_limit: u32,
    /// Wrong client secrets that an address may send for a client in 10 minutes
    #[arg(long, env = "GATEPASS_CLIENT_SECRET_LIMIT", default_value_t = 10)]
    pub client_secret_limit: u32,
    /// Authorization requests that an address may make for a client in a minute; unknown clients count as one
    #[arg(long, env = "GATEPASS_AUTHORIZE_LIMIT", default_value_t = 120)]
    pub authorize_limit: u32,
    /// Token and revocation requests of a client from an address in a minute; unknown clients count as one
    #[arg(long, env = "GATEPASS_TOKEN_LIMIT", default_value_t = 600)]
    pub token_limit: u32,
    /// Introspection requests of a client from an address in a minute
    #[arg(long, env = "GATEPASS_INTROSPECT_LIMIT", default_value_t = 6_000)]
    pub introspect_limit: u32,
    /// Calls that a grant may make in a minute, MCP and REST together
    #[arg(long, env = "GATEPASS_CALL_LIMIT", default_value_t = 1_200)]
    pub call_limit: u32,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub bounds: BoundOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub lifetimes: LifetimeOptions,
    /// How log lines look
    #[arg(long, env = "GATEPASS_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}
