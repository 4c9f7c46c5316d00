//! The command line of Gatepass.

use std::{
    io::{BufRead, IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use domain::{
    accounts::users::{self, NewUser},
    clock::{Clock, Millis, SystemClock},
    config::{Config, DatabaseOptions, LogFormat, ServeOptions},
    crypto::password::PasswordHasher,
    db::{Database, migrations::migrate},
    error::{Error, Result},
    keys::{self, Rotation},
    oauth::text::presentable,
};
use server::{
    command_line::{self, Command, ConfigCommand, CreateUser, KeysCommand, Refusal, RotateKeys, UserCommand},
    log::{self, BoundedLog},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tracing_subscriber::EnvFilter;
use types::client_form::NAME_MAX;

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
        Command::Migrate(_) | Command::User(_) | Command::Keys(_) | Command::Config(_) => LogFormat::Text,
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
            make(&options).await?.close().await?;
            println!("The database has the newest schema.");
            Ok(())
        }
        Command::User(UserCommand::Create(user)) => create_user(user).await,
        Command::Keys(KeysCommand::Rotate(options)) => rotate_keys(options).await,
        Command::Config(ConfigCommand::Check(options)) => check_config(*options),
    }
}

fn check_config(options: ServeOptions) -> Result<()> {
    let config = Config::check(options)?;
    println!("The configuration can be used; the issuer is {}.", config.issuer);
    Ok(())
}

/// Opens the database, with the newest schema. It is made if it is missing.
async fn make(options: &DatabaseOptions) -> Result<Database> {
    options.make_folder()?;
    let db = Database::connect(&options.location(false)).await?;
    migrate(&db).await?;
    Ok(db)
}

async fn create_user(user: CreateUser) -> Result<()> {
    let Some((local, domain)) = user.email.split_once('@') else {
        return Err(Error::Setup(format!("--email {} is no e-mail address", user.email)));
    };
    // Pages show it as it is.
    let visible = presentable(&user.email, usize::MAX) == user.email;
    if local.is_empty() || domain.is_empty() || !visible || user.email.contains(' ') {
        return Err(Error::Setup(format!("--email {:?} is no e-mail address", user.email)));
    }
    let name = presentable(user.name.as_deref().unwrap_or(local), NAME_MAX);
    if name.is_empty() {
        return Err(Error::Setup("--name needs characters that can be seen".to_owned()));
    }
    let password = read_password(user.password_stdin)?;
    let db = make(&user.database).await?;
    if users::find_by_email(db.read(), &user.email).await?.is_some() {
        return Err(Error::Setup(format!("{} is a user already", user.email)));
    }
    let new = NewUser {
        name,
        email: user.email.clone(),
        password_hash: PasswordHasher::recommended()?.hash(password).await?,
        instance_admin: user.admin,
    };
    users::add(db.write(), new, SystemClock.now()).await?;
    db.close().await?;
    println!("{} can sign in.", user.email);
    Ok(())
}

async fn rotate_keys(options: RotateKeys) -> Result<()> {
    let db = Database::connect_existing(&options.database.location(false)).await?;
    migrate(&db).await?;
    let no_key = || Error::Setup("this database has no signing key yet; gatepass serve makes one".to_owned());
    if !keys::exist(&db).await? {
        return Err(no_key());
    }
    let file = options.database.master_key_file(options.master_key_file.as_ref());
    let master = keys::master_key(&file, false)?;
    let rotation = keys::rotate(&db, &master, SystemClock.now()).await?;
    db.close().await?;
    match rotation {
        Rotation::Added { kid, signs_from } => {
            println!("The key {kid} is published now and signs from {} on.", utc(signs_from));
            Ok(())
        }
        Rotation::Waiting { signs_from } => Err(Error::Setup(format!(
            "a new key is waiting already: it signs from {} on, then another can be added",
            utc(signs_from)
        ))),
        Rotation::NoKey => Err(no_key()),
    }
}

/// A moment as people write it.
fn utc(moment: Millis) -> String {
    let seconds = OffsetDateTime::from_unix_timestamp(moment / 1_000).ok();
    seconds.and_then(|seconds| seconds.format(&Rfc3339).ok()).unwrap_or_else(|| format!("{moment} ms"))
}

fn read_password(from_stdin: bool) -> Result<String> {
    let stdin = std::io::stdin();
    if !from_stdin {
        if !stdin.is_terminal() {
            return Err(Error::Setup(
                "give the password on standard input, with --password-stdin".to_owned(),
            ));
        }
        print!("Password (shown as you type; use --password-stdin in scripts): ");
        std::io::stdout()
            .flush()
            .map_err(|source| Error::File { path: "standard output".to_owned(), source })?;
    }
    let mut line = String::new();
    stdin
        .lock()
        .read_line(&mut line)
        .map_err(|source| Error::File { path: "standard input".to_owned(), source })?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.chars().count() < 8 {
        return Err(Error::Setup("the password needs at least 8 characters".to_owned()));
    }
    Ok(password.to_owned())
}
