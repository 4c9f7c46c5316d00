//! How often something may be tried, per key, in a fixed window of the injected clock.

use std::{
    collections::hash_map::{Entry, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use http::HeaderValue;

use crate::{
    clock::{Clock, Millis},
    config::{Config, Limit},
    crypto::secret::sha256,
};

/// How many keys are remembered before those whose window is over are dropped; then twice what is left.
const SWEEP_AT: usize = 10_000;

/// Too many tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts")]
pub struct TooMany {
    /// When to come back, in milliseconds from now.
    pub wait: Millis,
}

impl TooMany {
    /// The value of `Retry-After`: whole seconds.
    pub fn retry_after(self) -> HeaderValue {
        HeaderValue::from((self.wait.max(0) / 1_000) + 1)
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

impl RateLimiter {
    /// A limiter that has counted nothing.
    pub fn new(limit: Limit, clock: Arc<dyn Clock>) -> Self {
        Self { limit, clock, windows: Mutex::new(Windows { by_key: HashMap::new(), sweep_at: SWEEP_AT }) }
    }

    /// Whether there is a try left, without counting one.
    ///
    /// # Errors
    /// [`TooMany`] when the limit is reached.
    pub fn check(&self, key: &str) -> Result<(), TooMany> {
        let now = self.clock.now();
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
        let now = self.clock.now();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.by_key.len() >= windows.sweep_at {
            windows.by_key.retain(|_, window| now < window.began + self.limit.within);
            windows.sweep_at = SWEEP_AT.max(windows.by_key.len() * 2);
        }
        match windows.by_key.entry(sha256(key.as_bytes())) {
            Entry::Occupied(mut entry) if now < entry.get().began + self.limit.within => {
                let window = entry.get_mut();
                if window.tries >= self.limit.times {
                    return Err(TooMany { wait: window.began + self.limit.within - now });
                }
                window.tries += 1;
            }
            _ if self.limit.times == 0 => return Err(TooMany { wait: self.limit.within }),
            entry => {
                entry.insert_entry(Window { began: now, tries: 1 });
            }
        }
        Ok(())
    }

    /// Takes a try back: it was an honest one.
    pub fn give_back(&self, key: &str) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = windows.by_key.get_mut(&sha256(key.as_bytes())) {
            window.tries = window.tries.saturating_sub(1);
        }
    }
}

/// The limiters of the server.
pub struct RateLimits {
    /// Registrations, per address.
    pub register: RateLimiter,
    /// Wrong passwords, per account.
    pub sign_in_account: RateLimiter,
    /// Wrong passwords, per address.
    pub sign_in_address: RateLimiter,
    /// Wrong client secrets, per client and address.
    pub client_secret: RateLimiter,
    /// Calls through the doors, per grant.
    pub calls: RateLimiter,
}

impl RateLimits {
    /// Limiters with the configured limits.
    pub fn new(config: &Config, clock: &Arc<dyn Clock>) -> Self {
        let limiter = |limit| RateLimiter::new(limit, Arc::clone(clock));
        Self {
            register: limiter(config.register_limit),
            sign_in_account: limiter(config.sign_in_account_limit),
            sign_in_address: limiter(config.sign_in_address_limit),
            client_secret: limiter(config.client_secret_limit),
            calls: limiter(config.call_limit),
        }
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
}
