//! The commands and their options.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use domain::config::{DatabaseOptions, ServeOptions};
use types::{
    redirect_uri::KNOWN_SCHEMES,
    role::{OrgRole, ProductRole},
};

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Serve the pages, the authorization server, the MCP server and the REST API
    Serve(Box<ServeOptions>),
    /// Bring the database to the newest schema
    Migrate(DatabaseOptions),
    /// Manage people
    #[command(subcommand)]
    User(UserCommand),
    /// Manage organizations
    #[command(subcommand)]
    Organization(OrganizationCommand),
    /// Manage products
    #[command(subcommand)]
    Product(ProductCommand),
    /// Manage members of organizations
    #[command(subcommand)]
    Member(MemberCommand),
    /// Manage apps
    #[command(subcommand)]
    Client(ClientCommand),
    /// Manage the keys that sign access tokens
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look at the settings
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// The commands about people.
#[derive(Subcommand)]
pub enum UserCommand {
    /// Add a person
    Create(CreateUser),
    /// List everybody
    List(List),
    /// Keep a person from signing in, and refuse the calls of their apps
    Disable(User),
    /// Let a person sign in again
    Enable(User),
    /// Print a link that sets a new password of a person, once
    ResetPassword(ResetPassword),
    /// Delete the account of a person with their apps, access and memberships
    Delete(User),
}

/// The commands about organizations.
#[derive(Subcommand)]
pub enum OrganizationCommand {
    /// Add an organization
    Create(CreateOrganization),
    /// List all organizations
    List(List),
    /// Delete an organization with its products, their data and all access
    Delete(Deletion),
}

/// The commands about products.
#[derive(Subcommand)]
pub enum ProductCommand {
    /// Add a product to an organization
    Create(CreateProduct),
}

/// The commands about members.
#[derive(Subcommand)]
pub enum MemberCommand {
    /// Make a person a member of an organization, or give them more roles
    Add(AddMember),
    /// End a membership, with the access that the person gave apps there
    Remove(RemoveMember),
}

/// The commands about apps.
#[derive(Subcommand)]
pub enum ClientCommand {
    /// Register an app that belongs to nobody
    Create(CreateClient),
    /// List all apps
    List(List),
}

/// The options of a list.
#[derive(Args)]
pub struct List {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub database: DatabaseOptions,
}

/// The options of what is done to one person.
#[derive(Args)]
pub struct User {
    /// The address that they sign in with
    #[arg(long)]
    pub email: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub database: DatabaseOptions,
}

/// The options of `gatepass user reset-password`.
#[derive(Args)]
pub struct ResetPassword {
    /// The address that they sign in with
    #[arg(long)]
    pub email: String,
    /// The address at which people reach the server
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    pub public_url: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub database: DatabaseOptions,
}

/// The options of `gatepass organization create`.
#[derive(Args)]
pub struct CreateOrganization {
    /// Its name
    #[arg(long)]
    pub name: String,
    /// The address of a person who is to own it
    #[arg(long)]
    pub owner: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub database: DatabaseOptions,
}

/// The options of `gatepass organization delete`.
#[derive(Args)]
pub struct Deletion {
    /// Its name in addresses: acme in /o/acme
    #[arg(long)]
    pub slug: String,
    /// Do it
    #[arg(long)]
    pub yes: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub database: DatabaseOptions,
}

/// The options of `gatepass product create`.
#[derive(Args)]
pub struct CreateProduct {
    /// The name of its organization in addresses: acme in /o/acme
    #[arg(long)]
    pub organization: String,
    /// Its name
    #[arg(long)]
    pub name: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub database: DatabaseOptions,
}

/// The options of `gatepass member add`.
#[derive(Args)]
pub struct AddMember {
    /// The name of the organization in addresses: acme in /o/acme
    #[arg(long)]
    pub organization: String,
    /// The address that they sign in with
    #[arg(long)]
    pub email: String,
    /// Their role in the organization: owner, admin or member
    #[arg(long, default_value = "member")]
    pub role: OrgRole,
    /// A role in a product, such as support=editor; may be given several times
    #[arg(long = "product", value_name = "PRODUCT=ROLE", value_parser = product_role)]
    pub product_roles: Vec<(String, ProductRole)>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub database: DatabaseOptions,
}

/// The options of `gatepass member remove`.
#[derive(Args)]
pub struct RemoveMember {
    /// The name of the organization in addresses: acme in /o/acme
    #[arg(long)]
    pub organization: String,
    /// The address that they sign in with
    #[arg(long)]
    pub email: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub database: DatabaseOptions,
}

/// The options of `gatepass client create`.
#[derive(Args)]
pub struct CreateClient {
    /// The name that people see on the consent page
    #[arg(long)]
    pub name: String,
    /// An address that answers may go to; may be given several times
    #[arg(long, required = true)]
    pub redirect_uri: Vec<String>,
    /// Its purpose
    #[arg(long)]
    pub description: Option<String>,
    /// Its website
    #[arg(long)]
    pub website: Option<String>,
    /// It can keep no secret: it runs in browsers or on the machines of people
    #[arg(long)]
    pub public: bool,
    /// Private-use redirect schemes without a dot that clients may use
    #[arg(long, value_delimiter = ',', default_values = KNOWN_SCHEMES)]
    pub redirect_schemes: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub database: DatabaseOptions,
}

/// Reads `PRODUCT=ROLE`.
fn product_role(text: &str) -> Result<(String, ProductRole), String> {
    let wanted = || "must be like support=editor, with viewer, editor, operator or admin".to_owned();
    let (product, role) = text.split_once('=').ok_or_else(wanted)?;
    Ok((product.to_owned(), role.parse().map_err(|_| wanted())?))
}

/// The options of `gatepass user create`.
#[derive(Args)]
pub struct CreateUser {
    /// The address they sign in with
    #[arg(long)]
    pub email: String,
    /// The name that pages call them by [default: the address before the @]
    #[arg(long)]
    pub name: Option<String>,
    /// Let them administer this server
    #[arg(long)]
    pub admin: bool,
    /// Read the password from standard input
    #[arg(long)]
    pub password_stdin: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub database: DatabaseOptions,
}

/// The commands about keys.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Add a key: it is published at once, signs in 10 minutes, and the old one stays until its last token has ended
    Rotate(RotateKeys),
}

/// The options of `gatepass keys rotate`.
#[derive(Args)]
pub struct RotateKeys {
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become part of --help")]
    pub database: DatabaseOptions,
    /// The file with the key that seals secrets in the database [default: <data-dir>/master.key]
    #[arg(long)]
    pub master_key_file: Option<PathBuf>,
}

/// The commands about settings.
#[derive(Subcommand)]
pub enum ConfigCommand {
    /// Say if `gatepass serve` could use these settings; opens no database and makes no file
    Check(Box<ServeOptions>),
}
