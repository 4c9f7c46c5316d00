//! The command line of Gatepass.

use std::{io::IsTerminal, process::ExitCode, time::Duration};

use domain::{
    clock::{Clock, SystemClock},
    config::{Config, LogFormat, ServeOptions},
    error::{Error, Result},
};
use server::{
    command_line::{
        self, ClientCommand, Command, ConfigCommand, KeysCommand, MemberCommand, OrganizationCommand,
        ProductCommand, Refusal, UserCommand,
    },
    commands::{self, clients, keys, organizations, users},
    log::{self, BoundedLog},
};
use tracing_subscriber::EnvFilter;

/// A page is many small texts that live for a millisecond, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
/// The time from which on what was freed goes back to the system, of which the allocator waits one second.
const GIVE_BACK: Duration = Duration::from_secs(2);
/// A size that the allocator keeps on no list of its own.
const LARGE: usize = 2 << 20;

fn main() -> ExitCode {
    let command = match command_line::parse(std::env::args_os().collect()) {
        Ok(command) => command,
        Err(Refusal::Usage(answer)) => answer.exit(),
        Err(refusal) => {
            eprintln!("gatepass: {refusal}");
            return ExitCode::FAILURE;
        }
    };
    log_to_stderr(match &command {
        Command::Serve(options) => options.log_format,
        _ => LogFormat::Text,
    });
    let outcome = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(command)),
        Err(error) => Err(Error::Setup(format!("the runtime does not start: {error}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gatepass: {error}");
            ExitCode::FAILURE
        }
    }
}

fn log_to_stderr(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sea_orm_migration=warn"));
    let colours = format == LogFormat::Text && std::io::stderr().is_terminal();
    let elapsed = || Duration::from_millis(u64::try_from(SystemClock.monotonic()).unwrap_or_default());
    let bounded = BoundedLog::new(std::io::stderr(), format, colours, elapsed);
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(bounded)
        .with_ansi(colours)
        // They would be printed where nothing can be printed, and that is a panic: of whatever wanted to log.
        .log_internal_errors(false);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    log::report_panics();
}

/// Has the allocator give back what was freed: it looks for that when a large block is freed, and in a server at rest none
/// is.
async fn give_back() {
    let mut ticks = tokio::time::interval(GIVE_BACK);
    loop {
        ticks.tick().await;
        drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
    }
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Serve(options) => {
            tokio::spawn(give_back());
            server::start::serve(*options).await
        }
        Command::Migrate(options) => {
            commands::make(&options).await?.close().await?;
            println!("The database has the newest schema.");
            Ok(())
        }
        Command::User(command) => match command {
            UserCommand::Create(user) => users::create(user).await,
            UserCommand::List(options) => users::list(options).await,
            UserCommand::Disable(user) => users::set_disabled(user, true).await,
            UserCommand::Enable(user) => users::set_disabled(user, false).await,
            UserCommand::ResetPassword(user) => users::reset_password(user).await,
            UserCommand::Delete(user) => users::delete(user).await,
        },
        Command::Organization(command) => match command {
            OrganizationCommand::Create(options) => organizations::create(options).await,
            OrganizationCommand::List(options) => organizations::list(options).await,
            OrganizationCommand::Delete(options) => organizations::delete(options).await,
        },
        Command::Product(ProductCommand::Create(options)) => organizations::create_product(options).await,
        Command::Member(MemberCommand::Add(options)) => organizations::add_member(options).await,
        Command::Member(MemberCommand::Remove(options)) => organizations::remove_member(options).await,
        Command::Client(ClientCommand::Create(options)) => clients::create(options).await,
        Command::Client(ClientCommand::List(options)) => clients::list(options).await,
        Command::Keys(KeysCommand::Rotate(options)) => keys::rotate(options).await,
        Command::Config(ConfigCommand::Check(options)) => check_config(*options),
    }
}

fn check_config(options: ServeOptions) -> Result<()> {
    let config = Config::check(options)?;
    println!("The configuration can be used; the issuer is {}.", config.issuer);
    Ok(())
}
