//! Limits on how often something may be tried, per key, in a fixed window. The injected clock's monotonic reading
//! counts: whoever sets the machine's clock neither opens a limit nor keeps one shut.

use std::{
    cmp::Ordering,
    collections::hash_map::{Entry, HashMap},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use http::HeaderValue;
use ipnet::IpNet;
use types::failure::Failure;

use crate::{
    clock::{Clock, Millis},
    config::{Config, Limit},
    crypto::secret::sha256,
};

/// Number of keys that are remembered before those whose window is over are dropped; then twice what is left.
const SWEEP_AT: usize = 10_000;
/// Number of keys that are remembered at most, so that strangers with many addresses cannot fill the memory. Then a
/// quarter is forgotten: those that tried least, and of them the oldest. Nobody is refused because of others, whoever was
/// refused stays so, and to be forgotten one has to be as many others, who may try as often each.
const KEYS_MAX: usize = 100_000;

/// Too many tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts")]
pub struct TooMany {
    /// The moment when to come back, in milliseconds from now.
    pub wait: Millis,
}

impl TooMany {
    /// The value of `Retry-After`: whole seconds.
    pub fn retry_after(self) -> HeaderValue {
        HeaderValue::from((self.wait.max(0) / 1_000) + 1)
    }
}

impl From<TooMany> for Failure {
    fn from(_: TooMany) -> Self {
        Self::TooMany
    }
}

struct Window {
    began: Millis,
    tries: u32,
}

/// Counts tries.
pub struct RateLimiter {
    limit: Limit,
    clock: Arc<dyn Clock>,
    windows: Mutex<Windows>,
}

/// Windows by the hash of their key: keys may be long, and strangers choose them.
struct Windows {
    by_key: HashMap<String, Window>,
    sweep_at: usize,
}

impl Windows {
    /// Drops windows that are over, and more of them when that is not enough.
    fn sweep(&mut self, within: Millis, now: Millis) {
        self.by_key.retain(|_, window| now < window.began + within);
        if self.by_key.len() >= KEYS_MAX {
            self.forget(KEYS_MAX / 4);
        }
        self.sweep_at = (self.by_key.len() * 2).clamp(SWEEP_AT, KEYS_MAX);
    }

    /// Drops this many of the windows, fewest tries first, then oldest first.
    fn forget(&mut self, many: usize) {
        let rank = |window: &Window| (window.tries, window.began);
        let mut ranks: Vec<_> = self.by_key.values().map(rank).collect();
        let (below, &mut last, _) = ranks.select_nth_unstable(many);
        // Of those that are equal to the last, only as many as are needed.
        let mut equal = many - below.iter().filter(|rank| **rank < last).count();
        self.by_key.retain(|_, window| match rank(window).cmp(&last) {
            Ordering::Less => false,
            Ordering::Equal if equal > 0 => {
                equal -= 1;
                false
            }
            Ordering::Equal | Ordering::Greater => true,
        });
    }
}

impl RateLimiter {
    /// A limiter that has counted nothing.
    pub fn new(limit: Limit, clock: Arc<dyn Clock>) -> Self {
        Self { limit, clock, windows: Mutex::new(Windows { by_key: HashMap::new(), sweep_at: SWEEP_AT }) }
    }

    /// Says if there is a try left, without counting one.
    ///
    /// # Errors
    /// [`TooMany`] when the limit is reached.
    pub fn check(&self, key: &str) -> Result<(), TooMany> {
        let now = self.clock.monotonic();
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        match windows.by_key.get(&sha256(key.as_bytes())) {
            Some(window) if window.tries >= self.limit.times && now < window.began + self.limit.within => {
                Err(TooMany { wait: window.began + self.limit.within - now })
            }
            _ => Ok(()),
        }
    }

    /// Counts a try before it is made, so that parallel ones cannot slip through.
    ///
    /// # Errors
    /// [`TooMany`] when the limit is reached.
    pub fn take(&self, key: &str) -> Result<(), TooMany> {
        let now = self.clock.monotonic();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.by_key.len() >= windows.sweep_at {
            windows.sweep(self.limit.within, now);
        }
        match windows.by_key.entry(sha256(key.as_bytes())) {
            Entry::Occupied(mut entry) if now < entry.get().began + self.limit.within => {
                let window = entry.get_mut();
                if window.tries >= self.limit.times {
                    return Err(TooMany { wait: window.began + self.limit.within - now });
                }
                window.tries += 1;
            }
            entry => {
                entry.insert_entry(Window { began: now, tries: 1 });
            }
        }
        Ok(())
    }

    /// Says if somebody has a try left, if it can be told who.
    ///
    /// # Errors
    /// [`TooMany`] when the limit is reached.
    pub fn check_known(&self, key: Option<&str>) -> Result<(), TooMany> {
        key.map_or(Ok(()), |key| self.check(key))
    }

    /// Counts a try of somebody, if it can be told who.
    ///
    /// # Errors
    /// [`TooMany`] when the limit is reached.
    pub fn take_known(&self, key: Option<&str>) -> Result<(), TooMany> {
        key.map_or(Ok(()), |key| self.take(key))
    }

    /// Takes a try back: it was an honest one.
    pub fn give_back(&self, key: &str) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = windows.by_key.get_mut(&sha256(key.as_bytes())) {
            window.tries = window.tries.saturating_sub(1);
        }
    }
}

/// The factor by which a registration may be repeated more often than made: it leaves nothing behind.
const REGISTER_AGAIN: u32 = 20;

/// Resolver everybody together, for limits over all.
pub const ALL: &str = "";

/// The limiters of the server.
pub struct RateLimits {
    /// Proxies: their addresses stand for everybody behind them.
    trusted_proxies: Vec<IpNet>,
    /// Registrations, per address.
    pub register: RateLimiter,
    /// Registrations that are looked at, those that are answered with a client that is there included, per address.
    pub register_again: RateLimiter,
    /// Registrations, over all.
    pub register_all: RateLimiter,
    /// Wrong passwords, per account and address: a stranger elsewhere locks nobody out.
    pub sign_in_account: RateLimiter,
    /// Wrong passwords, per address.
    pub sign_in_address: RateLimiter,
    /// Sign-ins with the right password, per person.
    pub sign_in_person: RateLimiter,
    /// Wrong client secrets, per client and address.
    pub client_secret: RateLimiter,
    /// Authorization requests, per client and address.
    pub authorize: RateLimiter,
    /// The same of people who are not signed in, per address over all clients.
    pub authorize_address: RateLimiter,
    /// The same of people who are, per person.
    pub authorize_person: RateLimiter,
    /// Accounts that are made and mails that are asked for, per address that asks.
    pub account: RateLimiter,
    /// Mails, per address that they go to.
    pub mail: RateLimiter,
    /// Answers to authorization requests, per person.
    pub consent: RateLimiter,
    /// Requests of clients that prove themselves, per client and address.
    pub token: RateLimiter,
    /// Assertions that proved a client, per client over all addresses …
    pub assertion_client: RateLimiter,
    /// … and per address over all clients …
    pub assertion_address: RateLimiter,
    /// … and over all.
    pub assertion_all: RateLimiter,
    /// Access tokens that are issued, per client over all addresses.
    pub token_client: RateLimiter,
    /// Refreshes, per grant.
    pub refresh: RateLimiter,
    /// Introspection requests, per client and address.
    pub introspect: RateLimiter,
    /// Client ID documents that are fetched, per person who asks …
    pub documents_of_user: RateLimiter,
    /// … and per address that they ask from.
    pub documents_of_address: RateLimiter,
    /// … and per host that they are at.
    pub documents_of_host: RateLimiter,
    /// Keys of clients that are fetched, per address that makes us …
    pub keys_of_address: RateLimiter,
    /// … and per host that they are at.
    pub keys_of_host: RateLimiter,
    /// Calls through the resources, per grant.
    pub calls: RateLimiter,
    /// Changes to apps, per person.
    pub change: RateLimiter,
    /// Pages and server functions, per person, or per address where nobody is signed in.
    pub page: RateLimiter,
}

impl RateLimits {
    /// Limiters with the configured limits.
    pub fn new(config: &Config, clock: &Arc<dyn Clock>) -> Self {
        let limiter = |limit| RateLimiter::new(limit, Arc::clone(clock));
        let limits = &config.options.limits;
        Self {
            trusted_proxies: config.options.trusted_proxies.clone(),
            register: limiter(limits.register_limit),
            register_again: limiter(Limit {
                times: limits.register_limit.times.saturating_mul(REGISTER_AGAIN),
                ..limits.register_limit
            }),
            register_all: limiter(limits.register_all_limit),
            sign_in_account: limiter(limits.sign_in_account_limit),
            sign_in_address: limiter(limits.sign_in_address_limit),
            sign_in_person: limiter(limits.sign_in_person_limit),
            client_secret: limiter(limits.client_secret_limit),
            authorize: limiter(limits.authorize_limit),
            authorize_address: limiter(limits.authorize_address_limit),
            authorize_person: limiter(limits.authorize_person_limit),
            consent: limiter(limits.consent_limit),
            token: limiter(limits.token_limit),
            assertion_client: limiter(limits.assertion_client_limit),
            assertion_address: limiter(limits.assertion_address_limit),
            assertion_all: limiter(limits.assertion_all_limit),
            token_client: limiter(limits.token_client_limit),
            refresh: limiter(limits.refresh_limit),
            introspect: limiter(limits.introspect_limit),
            documents_of_user: limiter(limits.client_document_limit),
            documents_of_address: limiter(limits.client_document_limit),
            documents_of_host: limiter(limits.outbound_host_limit),
            keys_of_address: limiter(limits.client_document_limit),
            keys_of_host: limiter(limits.outbound_host_limit),
            calls: limiter(limits.call_limit),
            change: limiter(limits.change_limit),
            account: limiter(limits.account_limit),
            mail: limiter(limits.mail_limit),
            page: limiter(limits.page_limit),
        }
    }

    /// The network that limits count together: an IPv4 address, or the /64 network of an IPv6 address, all of which
    /// one household has. `None` for the address of a trusted proxy: it did not tell who came, so that limits per
    /// address count nobody.
    pub fn network(&self, address: &str) -> Option<String> {
        let parsed = address.parse::<IpAddr>().ok();
        let proxy =
            parsed.is_some_and(|address| self.trusted_proxies.iter().any(|net| net.contains(&address)));
        (!proxy).then(|| network(address))
    }

    /// The key that limits count for a client: its requests from one network, or all of them where the network cannot
    /// be told. Of clients that nobody knows, which are `None`, all count together, whatever they call themselves;
    /// `None` where not even their network can be told.
    pub fn client_at(&self, client_id: Option<&str>, address: &str) -> Option<String> {
        let network = self.network(address);
        (client_id.is_some() || network.is_some())
            .then(|| format!("{} {}", network.unwrap_or_default(), client_id.unwrap_or_default()))
    }
}

/// The network of an address that counts as one: an IPv4 address, or the /64 of an IPv6 address.
pub fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(address)) => {
            let bits = address.to_bits() & !u128::from(u64::MAX);
            format!("{}/64", Ipv6Addr::from_bits(bits))
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, SECOND};

    #[test]
    fn a_window_fills_empties_and_forgives() {
        let clock = Arc::new(ManualClock::new(0));
        let limiter = RateLimiter::new(Limit { times: 2, within: 10 * SECOND }, clock.clone());
        assert!(limiter.take("a").is_ok());
        assert!(limiter.take("a").is_ok());
        assert_eq!(limiter.take("a"), Err(TooMany { wait: 10 * SECOND }));
        assert!(limiter.take("b").is_ok());
        limiter.give_back("a");
        assert!(limiter.take("a").is_ok());
        clock.advance(10 * SECOND);
        assert!(limiter.take("a").is_ok());
    }

    #[test]
    fn a_million_strangers_fill_no_memory_and_free_nobody() {
        let clock = Arc::new(ManualClock::new(0));
        let limiter = RateLimiter::new(Limit { times: 2, within: 60 * SECOND }, clock.clone());
        let known = || limiter.windows.lock().unwrap().by_key.len();
        for _ in 0..2 {
            limiter.take("guesser").unwrap();
        }
        for stranger in 0..1_000_000 {
            assert!(limiter.take(&stranger.to_string()).is_ok(), "nobody is refused because of others");
            if stranger % 100_000 == 0 {
                clock.advance(SECOND);
            }
        }
        assert!(known() <= KEYS_MAX, "{}", known());
        assert!(limiter.take("guesser").is_err());
        // The newest were not forgotten.
        limiter.take("999999").unwrap();
        assert!(limiter.take("999999").is_err());
        clock.advance(60 * SECOND);
        for stranger in 0..=KEYS_MAX {
            limiter.take(&stranger.to_string()).unwrap();
        }
        assert!(limiter.take("guesser").is_ok(), "it waited");
    }

    #[test]
    fn as_many_are_forgotten_as_have_to_be() {
        let limiter =
            RateLimiter::new(Limit { times: 2, within: 60 * SECOND }, Arc::new(ManualClock::new(0)));
        for key in 0..KEYS_MAX {
            limiter.take(&key.to_string()).unwrap();
        }
        // All of them are alike.
        limiter.take("one more").unwrap();
        assert_eq!(limiter.windows.lock().unwrap().by_key.len(), KEYS_MAX / 4 * 3 + 1);
    }

    #[test]
    fn a_household_counts_as_one() {
        assert_eq!(network("198.51.100.1"), "198.51.100.1");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(network("unknown"), "unknown");
    }
}
