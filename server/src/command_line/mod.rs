//! The command line: commands, and settings from flags, the environment and a file, in this order of precedence. A setting
//! has one name for all three: that of its field.

mod commands;
mod file;
mod refusal;

use std::{any::TypeId, ffi::OsString, path::PathBuf};

use clap::{Arg, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, parser::ValueSource};
use domain::{
    clock::Millis,
    config::{Limit, ServeOptions},
};

use self::file::Entry;
pub use self::{commands::*, refusal::Refusal};

/// Lets apps and AI tools into a workspace on the user's terms.
#[derive(Parser)]
#[command(name = "gatepass", version)]
struct Cli {
    /// A file of settings in TOML, named like the flags: `access-token-lifetime = "1h"`. Flags and variables go before it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// Reads a command line, and the settings that it does not give from the environment, then from the file.
///
/// # Errors
/// [`Refusal`] for the first thing that cannot be, and for help that was asked for.
pub fn parse(mut line: Vec<OsString>) -> Result<Command, Refusal> {
    let command = command();
    let mut matches = command.clone().try_get_matches_from(&line).map_err(Refusal::of_line)?;
    if let Some(path) = matches.get_one::<PathBuf>("config") {
        let missing: Vec<_> = missing(&command, &matches, file::read(path)?).collect();
        // Whatever stands behind -- is no flag.
        let end = line.iter().position(|word| word == "--").unwrap_or(line.len());
        line.splice(end..end, missing);
        matches = command.try_get_matches_from(line).map_err(Refusal::of_line)?;
    }
    let cli = Cli::from_arg_matches(&matches).map_err(Refusal::Usage)?;
    Ok(cli.command)
}

/// The whole command line, with a variable in the environment for each setting and for `--config`.
pub fn command() -> clap::Command {
    with_variables(Cli::command())
}

/// The settings that there are.
fn settings() -> clap::Command {
    ServeOptions::augment_args(clap::Command::new("settings"))
}

fn with_variables(command: clap::Command) -> clap::Command {
    let settings = settings();
    let has_variable =
        |id: &str| id == "config" || settings.get_arguments().any(|setting| setting.get_id() == id);
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

/// The flags for those settings of a file that the command has, and that neither its line nor the environment gives.
fn missing(
    command: &clap::Command,
    matches: &ArgMatches,
    file: Vec<Entry>,
) -> impl Iterator<Item = OsString> {
    let (mut command, mut matches) = (command, matches);
    while let Some((name, inner)) = matches.subcommand()
        && let Some(subcommand) = command.find_subcommand(name)
    {
        (command, matches) = (subcommand, inner);
    }
    let is_missing = |entry: &Entry| {
        command.get_arguments().any(|option| *option.get_id() == entry.id)
            && !matches!(
                matches.value_source(entry.id.as_str()),
                Some(ValueSource::CommandLine | ValueSource::EnvVariable)
            )
    };
    file.into_iter().filter(is_missing).flat_map(|entry| entry.flags).map(OsString::from)
}
