//! The command line: commands, and settings from flags and the environment, in this order of precedence. A setting has one
//! name for both: that of its field.

mod refusal;

use std::{any::TypeId, ffi::OsString, path::PathBuf};

use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use domain::{
    clock::Millis,
    config::{DatabaseOptions, Limit, ServeOptions},
};

pub use self::refusal::Refusal;

/// Lets apps and AI tools into a workspace on the user's terms.
#[derive(Parser)]
#[command(name = "gatepass", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

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
    /// Manage the keys that sign access tokens
    #[command(subcommand)]
    Keys(KeysCommand),
}

/// The commands about people.
#[derive(Subcommand)]
pub enum UserCommand {
    /// Add a person
    Create(CreateUser),
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

/// Reads a command line, and the settings that it does not give from the environment.
///
/// # Errors
/// [`Refusal`] for the first thing that cannot be, and for help that was asked for.
pub fn parse(line: Vec<OsString>) -> Result<Command, Refusal> {
    let matches = command().try_get_matches_from(line).map_err(Refusal::of_line)?;
    let cli = Cli::from_arg_matches(&matches).map_err(Refusal::Usage)?;
    Ok(cli.command)
}

/// The whole command line, with a variable in the environment for each setting.
pub fn command() -> clap::Command {
    with_variables(Cli::command())
}

/// The settings that there are.
fn settings() -> clap::Command {
    ServeOptions::augment_args(clap::Command::new("settings"))
}

fn with_variables(command: clap::Command) -> clap::Command {
    let settings = settings();
    let has_variable = |id: &str| settings.get_arguments().any(|setting| setting.get_id() == id);
    let complete = |option: Arg| {
        let signed = is_number(&option);
        // -1h is to be refused for what it is, and not for being no flag.
        let option = option.allow_hyphen_values(signed);
        let id = option.get_id().as_str();
        if has_variable(id) {
            let variable = format!("GATEPASS_{}", id.to_uppercase());
            return option.env(variable);
        }
        option
    };
    command.mut_args(complete).mut_subcommands(with_variables)
}

fn is_number(option: &Arg) -> bool {
    let value = option.get_value_parser().type_id();
    [TypeId::of::<Millis>(), TypeId::of::<Limit>(), TypeId::of::<u32>()].iter().any(|number| value == *number)
}
