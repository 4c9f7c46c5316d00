//! From settings to a running server.

use std::{sync::Arc, time::Duration};

use leptos::config::LeptosOptions;
use sea_orm::DatabaseBackend;
use tokio::{net::TcpListener, runtime::Handle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use types::paths;

use crate::{
    endpoints::site,
    state::{AppState, Shared},
    web::{
        connections::ConnectionBounds,
        descriptors,
        known_browsers::{KEY_PURPOSE, KnownBrowsers},
        pages::Pages,
        serve::serve_until,
    },
};
use domain::{
    Domain,
    client_metadata::{Fetcher, documents::MetadataDocuments, jwks_cache::JwksCache, way_out::WayOut},
    clients::known::KnownClients,
    clock::{Clock, SystemClock},
    config::{Config, ServeOptions},
    crypto::{mac::MacKey, password::PasswordHasher},
    db::{Database, migrations::migrate},
    demo,
    error::{Error, Result},
    fetch::{FetchClient, SystemResolver},
    flows::{bearer::TokenCache, set_up},
    jobs::{cleanup, client_documents, database_watch, signing_keys, usage},
    keys::{self, StoredKeys},
    mail::Mailer,
    procedures::Registry,
    rate_limit::RateLimits,
    views::LiveGrants,
};

/// The time that running requests may take to end once the server is told to stop.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Puts the parts together.
pub fn assemble(
    config: Arc<Config>,
    db: Database,
    clock: Arc<dyn Clock>,
    keys: StoredKeys,
    passwords: PasswordHasher,
    outbound: FetchClient,
) -> AppState {
    let limits = Arc::new(RateLimits::new(&config, &clock));
    let fetcher = Arc::new(Fetcher::new(outbound, Arc::clone(&limits)));
    let documents = MetadataDocuments {
        fetcher: Arc::clone(&fetcher),
        way_out: Arc::new(WayOut::new(Arc::clone(&clock))),
        policy: config.client_documents.clone(),
        registration: config.options.dynamic_registration,
        stale_max: config.options.lifetimes.client_document_stale,
        max_bytes: config.options.client_document_max_bytes as usize,
        rules: config.redirect_rules.clone(),
        limits: Arc::clone(&limits),
        db: db.clone(),
        clock: Arc::clone(&clock),
    };
    let domain = Arc::new(Domain {
        limits,
        documents,
        client_keys: JwksCache::new(fetcher, Arc::clone(&clock)),
        tokens: TokenCache::default(),
        grants: LiveGrants::default(),
        clients: KnownClients::default(),
        usage: Arc::default(),
        procedures: Arc::new(Registry::workspace()),
        forms: MacKey::new(&keys.derive("forms of pages")),
        mail: mailer(&config),
        keys: keys.ring(),
        config,
        db,
        clock,
        passwords,
    });
    AppState::new(Shared {
        readiness: Arc::default(),
        pages: Pages { domain: Arc::clone(&domain), assets: Arc::new(site::assets()) },
        known_browsers: KnownBrowsers::new(MacKey::new(&keys.derive(KEY_PURPOSE))),
        stored_keys: Arc::new(keys),
        leptos: LeptosOptions::builder().output_name("gatepass").build(),
        domain,
    })
}

/// The way that mail takes. Without a server for it, it is kept beside the database.
fn mailer(config: &Config) -> Mailer {
    let options = &config.options;
    Mailer::new(config.mail_from.clone(), options.smtp_url.clone(), options.database.data_dir.join("mail"))
}

/// Runs the server until it is told to stop, lets running requests end, and closes the database.
///
/// # Errors
/// One clear line about whatever keeps it from starting, or from stopping well.
pub async fn serve(options: ServeOptions) -> Result<()> {
    let config = Arc::new(Config::check(options)?);
    config.options.database.make_folder()?;
    let db = Database::connect(&config.options.database.location(config.options.demo)).await?;
    let served = serve_from(config, db.clone()).await;
    let closed = db.close().await;
    served.and(closed)
}

async fn serve_from(config: Arc<Config>, db: Database) -> Result<()> {
    let options = &config.options;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    migrate(&db).await?;
    demo::check_mark(&db, options.demo).await?;
    let key_file = options.database.master_key_file(options.master_key_file.as_ref());
    let on_sqlite = db.backend() == DatabaseBackend::Sqlite;
    let master = keys::master_key(&key_file, on_sqlite && !keys::exist(&db).await?)?;
    let keys = StoredKeys::open(&db, master, clock.now()).await?;
    let passwords = PasswordHasher::recommended()?;
    if options.demo {
        demo::seed(&db, &passwords, clock.now()).await?;
    }

    let outbound = match options.outbound_proxy.clone() {
        Some(proxy) => FetchClient::by_proxy(config.address_policy, proxy, Vec::new()),
        None => FetchClient::new(config.address_policy, Arc::new(SystemResolver), Vec::new()),
    };
    let state = assemble(Arc::clone(&config), db.clone(), Arc::clone(&clock), keys, passwords, outbound);
    let listener = TcpListener::bind(options.bind)
        .await
        .map_err(|error| Error::Setup(format!("cannot listen on --bind {}: {error}", options.bind)))?;
    let bounds = ConnectionBounds::within(descriptors::raise(), options.trusted_proxies.clone());
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    // Those that write much have a thread of their own: on SQLite statements run on the thread that asks.
    let runtime = Handle::current();
    let (counting, own) = (usage::run(Arc::clone(&state.usage), db.clone(), stop.clone()), runtime.clone());
    tasks.spawn_blocking(move || own.block_on(counting));
    tasks.spawn(signing_keys::run(Arc::clone(&state.stored_keys), Arc::clone(&clock), stop.clone()));
    tasks.spawn(client_documents::run(state.documents.clone(), stop.clone()));
    tasks.spawn(database_watch::run(db.clone(), stop.clone()));
    let cleaning = cleanup::run(db, Arc::clone(&config), clock, stop.clone());
    tasks.spawn_blocking(move || runtime.block_on(cleaning));
    tasks.close();
    let shutdown = shutdown();
    announce(&config, &set_up_link(&config, &state).await?);

    serve_until(listener, crate::router(state), bounds, shutdown, SHUTDOWN_TIMEOUT).await;
    stop.cancel();
    tasks.wait().await;
    Ok(())
}

/// One line that says where to go and, for the demo, whom to sign in as.
fn announce(config: &Config, set_up: &str) {
    let issuer = &config.issuer;
    if config.options.demo {
        let who = demo::PEOPLE[1].email;
        println!(
            "Gatepass serves its demo workspace at {issuer} - sign in as {who} with the password: {}",
            demo::PASSWORD
        );
    } else {
        println!("Gatepass serves {issuer}{set_up}");
    }
}

/// A line with the link that makes the first person; nothing where somebody has an account. It is printed, and nowhere
/// else: not in the log.
async fn set_up_link(config: &Config, state: &AppState) -> Result<String> {
    let token = set_up::new_link(&state.db, state.clock.now()).await?;
    Ok(token.map_or_else(String::new, |token| {
        let link = config.url(&paths::with_token(paths::SET_UP, token.expose()));
        format!("\nNobody has an account yet. Open this link within an hour to make the first one: {link}")
    }))
}

/// Listens for Ctrl-C or, on Unix, SIGTERM from now on; ends when one comes.
pub fn shutdown() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    let terminate = async move {
        #[cfg(unix)]
        if let Ok(mut signal) = terminate {
            signal.recv().await;
            return;
        }
        std::future::pending::<()>().await;
    };
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    async move {
        tokio::select! {
            () = interrupt => {}
            () = terminate => {}
        }
        tracing::info!("stopping");
    }
}
