//! The settings, each declared once: its field, whose name is that of the flag, of the variable in the environment and of
//! the key in a file.

use std::{net::SocketAddr, path::PathBuf};

use clap::{ArgAction, Args, ValueEnum, value_parser};
use ipnet::IpNet;
use lettre::message::Mailbox;
use types::redirect_uri::KNOWN_SCHEMES;

use super::{Lifetimes, Limits, values};
use crate::{
    db::{location::DatabaseLocation, private_files},
    error::Result,
    fetch::OutboundProxy,
    mail::SmtpServer,
};

/// The settings that every command that opens the database has.
#[derive(Args, Clone, Debug)]
pub struct DatabaseOptions {
    /// The database: sqlite://FILE or postgres://… [default: sqlite://<data-dir>/gatepass.sqlite]
    #[arg(long, hide_env_values = true, value_parser = DatabaseLocation::parse)]
    pub database_url: Option<DatabaseLocation>,
    /// The folder with the SQLite database and the master key
    #[arg(long, default_value = "./data")]
    pub data_dir: PathBuf,
}

impl DatabaseOptions {
    /// The file with the master key.
    pub fn master_key_file(&self, given: Option<&PathBuf>) -> PathBuf {
        given.cloned().unwrap_or_else(|| self.data_dir.join("master.key"))
    }

    /// The location of the database, for the demo workspace or not.
    pub fn location(&self, demo: bool) -> DatabaseLocation {
        let file = if demo { "demo.sqlite" } else { "gatepass.sqlite" };
        self.database_url.clone().unwrap_or_else(|| DatabaseLocation::Sqlite(self.data_dir.join(file)))
    }

    /// Makes the data folder, if the database is to be in it, for its owner alone.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make_folder(&self) -> Result<()> {
        if self.database_url.is_some() { Ok(()) } else { private_files::make_folder(&self.data_dir) }
    }
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// People who may make organizations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OrganizationCreation {
    /// Instance admins.
    Admins,
    /// Everybody with an account.
    Everyone,
}

/// The settings of `gatepass serve`.
#[derive(Args, Clone, Debug)]
pub struct ServeOptions {
    /// The address and port to listen on
    #[arg(long, default_value = "127.0.0.1:3000")]
    pub bind: SocketAddr,
    /// The address where people and programs reach this server; it is the issuer [default: http://<bind>]
    #[arg(long)]
    pub public_url: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub database: DatabaseOptions,
    /// Serve the demo workspace, in a database of its own (loopback only)
    #[arg(long)]
    pub demo: bool,
    /// The file with the key that seals secrets in the database; made at the first start on SQLite, required on
    /// PostgreSQL [default: <data-dir>/master.key]
    #[arg(long)]
    pub master_key_file: Option<PathBuf>,
    /// Origins of browser apps that may call the MCP server and the REST API, beside this server's own
    #[arg(long, value_delimiter = ',', value_parser = values::origin)]
    pub allowed_origins: Vec<String>,
    /// Proxies, as addresses or networks such as 10.0.0.0/8, whose X-Forwarded-For tells where a request comes from
    #[arg(long, value_delimiter = ',', value_parser = values::network)]
    pub trusted_proxies: Vec<IpNet>,
    /// Private-use redirect schemes without a dot that clients may use
    #[arg(long, value_delimiter = ',', default_values = KNOWN_SCHEMES)]
    pub redirect_schemes: Vec<String>,
    /// Says if programs may register themselves (RFC 7591)
    #[arg(long, default_value_t = true, action = ArgAction::Set)]
    pub dynamic_registration: bool,
    /// Says if client IDs may be addresses of documents in which clients describe themselves
    #[arg(long, default_value_t = true, action = ArgAction::Set)]
    pub client_documents: bool,
    /// The only hosts of such documents, as names or *.name for all names under it [default: all]
    #[arg(long, value_delimiter = ',', value_parser = values::host)]
    pub client_document_hosts: Vec<String>,
    /// Hosts of which no such documents are taken
    #[arg(long, value_delimiter = ',', value_parser = values::host)]
    pub client_document_hosts_denied: Vec<String>,
    /// Largest such document, in bytes
    #[arg(long, default_value_t = 5_120, value_parser = value_parser!(u32).range(256..=65_536))]
    pub client_document_max_bytes: u32,
    /// The HTTP proxy through which this server fetches documents, logos and keys, as http://[user:password@]host:port; it
    /// must refuse to connect to addresses inside [default: none]
    #[arg(long, hide_env_values = true, value_parser = values::proxy)]
    pub outbound_proxy: Option<OutboundProxy>,
    /// For development: let this server fetch from its own machine too (loopback only)
    #[arg(long)]
    pub outbound_loopback: bool,
    /// The people who may make organizations
    #[arg(long, value_enum, default_value_t = OrganizationCreation::Admins)]
    pub organization_creation: OrganizationCreation,
    /// Says if anybody who can read mail may make an account
    #[arg(long, default_value_t = false, action = ArgAction::Set)]
    pub sign_up: bool,
    /// The server that sends mail: smtps://user:password@host, or smtp://… with ?tls=required for STARTTLS [default: mail is
    /// kept in <data-dir>/mail]
    #[arg(long, hide_env_values = true, value_parser = values::smtp)]
    pub smtp_url: Option<SmtpServer>,
    /// The address that mail comes from [default: gatepass@<host of the public URL>]
    #[arg(long, value_parser = values::mailbox)]
    pub mail_from: Option<Mailbox>,
    /// The form of log lines
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub limits: Limits,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub lifetimes: Lifetimes,
}
