//! Says if documents can be fetched at all, by what the last fetches came to.
//!
//! Programs that find documents advertised name theirs and have no other plan: where this server reaches nobody, they
//! cannot connect. Where documents are not advertised, the same programs register themselves. So a server whose fetches
//! all fail stops advertising.
//!
//! Whoever is signed in can name an address that does not answer, and must not decide for all by that. A failure counts
//! as the server's own only when nothing speaks against it: at once where no document was ever fetched and nobody ever
//! answered, so that nobody uses documents here yet; else once the addresses that answered before have been tried again
//! and fail too, which is within a minute. Any answer from anybody opens the way again. And what nobody tries any more is
//! advertised again after a day: the way may be open, and those who use it would tell.
//!
//! Each replica judges for itself, from an open way after a restart.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::host_of;
use crate::clock::{Clock, DAY, Millis};

/// Number of addresses that failed and are remembered to be tried again, one of each host.
const SUSPECTS_MAX: usize = 3;
/// The time for which the way stays closed when nobody else fails.
const CLOSED_MAX: Millis = DAY;
/// Number of documents that could not be had and are remembered for administrators, one of each host.
const MISSED_MAX: usize = 5;
/// The time for which they are remembered.
const MISSED_FOR: Millis = DAY;

/// The way from this server to the documents of clients.
pub struct WayOut {
    state: Mutex<State>,
    missed: Mutex<VecDeque<Missed>>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    /// Nothing speaks against it.
    #[default]
    Open,
    /// One address failed; others have to be tried.
    Doubted,
    /// Everything that was tried failed.
    Closed,
}

#[derive(Default)]
struct State {
    standing: Standing,
    /// Number of answers so far.
    answers: u64,
    /// The address that answered last.
    answered: Option<String>,
    /// Addresses that failed since then, the newest first.
    suspects: VecDeque<String>,
    outage: Option<Outage>,
    /// The moment when a person's request failed last, by the monotonic clock.
    failed_at: Millis,
}

/// The reason why documents are not advertised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Since when, in Unix milliseconds.
    pub since: Millis,
    /// The address that failed.
    pub url: String,
    /// Words that complete «The document at … ».
    pub failure: String,
}

/// A document that somebody asked for and did not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// Its address.
    pub url: String,
    /// Words that complete «Its client ID …».
    pub failure: String,
    /// The moment, in Unix milliseconds.
    pub at: Millis,
}

impl WayOut {
    /// A way that nobody has tried.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { state: Mutex::default(), missed: Mutex::default(), clock }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says if documents can be fetched, as far as anybody knows.
    pub fn is_open(&self) -> bool {
        self.state().standing != Standing::Closed
    }

    /// The reason why they cannot.
    pub fn outage(&self) -> Option<Outage> {
        self.state().outage.clone()
    }

    /// Notes that somebody answered at an address.
    pub fn answered(&self, url: &str) {
        let mut state = self.state();
        if state.standing == Standing::Closed {
            tracing::info!(url, "client ID documents can be fetched again, and are advertised again");
        }
        let answers = state.answers + 1;
        *state = State { answers, answered: Some(url.to_owned()), ..State::default() };
    }

    /// Notes that a fetch that a person asked for failed. `proven` says if a document was ever fetched before.
    pub fn failed(&self, url: &str, failure: &dyn ToString, proven: bool) {
        let mut state = self.state();
        let host = host_of(url);
        state.suspects.retain(|suspect| host_of(suspect) != host);
        state.suspects.push_front(url.to_owned());
        state.suspects.truncate(SUSPECTS_MAX);
        state.failed_at = self.clock.monotonic();
        match state.standing {
            Standing::Closed => {}
            _ if proven || state.answered.is_some() => state.standing = Standing::Doubted,
            _ => self.close(&mut state, url, failure),
        }
    }

    /// Notes that everything that was tried again failed, `url` among it. `answers` is what [`Self::to_try`] said: an
    /// answer that somebody got meanwhile counts for more.
    pub fn all_failed(&self, answers: u64, url: &str, failure: &dyn ToString) {
        let mut state = self.state();
        if state.answers != answers {
            return;
        }
        if state.standing == Standing::Doubted {
            self.close(&mut state, url, failure);
        } else if state.failed_at + CLOSED_MAX <= self.clock.monotonic() {
            tracing::info!("client ID documents are advertised again: nobody has asked for one for a day");
            *state = State { answers, answered: state.answered.take(), ..State::default() };
        }
    }

    fn close(&self, state: &mut State, url: &str, failure: &dyn ToString) {
        let failure = failure.to_string();
        tracing::warn!(
            url,
            failure,
            "client ID documents cannot be fetched, and are not advertised until one can be: programs register themselves; \
             --client-documents false switches documents off, --outbound-proxy names a proxy"
        );
        state.standing = Standing::Closed;
        state.outage = Some(Outage { since: self.clock.now(), url: url.to_owned(), failure });
    }

    /// Remembers a document that could not be had; or that it was, without `failure`.
    pub fn remember(&self, url: &str, failure: Option<&str>) {
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        let host = host_of(url);
        missed.retain(|other| host_of(&other.url) != host);
        if let Some(failure) = failure {
            let (url, failure) = (url.to_owned(), failure.to_owned());
            missed.push_front(Missed { url, failure, at: self.clock.now() });
            missed.truncate(MISSED_MAX);
        }
    }

    /// The documents that could not be had lately, the newest first.
    pub fn missed(&self) -> Vec<Missed> {
        let missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        missed.iter().filter(|missed| missed.at + MISSED_FOR > now).cloned().collect()
    }

    /// Number of answers so far, and the addresses to be tried again, beside those of documents that were
    /// fetched before; none while the way is open.
    pub fn to_try(&self) -> (u64, Vec<String>) {
        let state = self.state();
        let urls = match state.standing {
            Standing::Open => Vec::new(),
            Standing::Doubted | Standing::Closed => {
                state.answered.iter().chain(&state.suspects).cloned().collect()
            }
        };
        (state.answers, urls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    const ONE: &str = "https://one.example/x";
    const TWO: &str = "https://two.example/x";

    fn way() -> (Arc<ManualClock>, WayOut) {
        let clock = Arc::new(ManualClock::new(0));
        (clock.clone(), WayOut::new(clock))
    }

    #[test]
    fn n11_the_first_failure_closes_a_way_that_nobody_ever_went() {
        let (_, way) = way();
        way.failed(ONE, &"fails", false);
        assert!(!way.is_open());
        assert_eq!(way.outage().map(|outage| outage.url).as_deref(), Some(ONE));
        way.answered(TWO);
        assert!(way.is_open() && way.outage().is_none() && way.to_try().1.is_empty());
    }

    #[test]
    fn n11_one_failure_among_answers_closes_nothing() {
        for proven in [false, true] {
            let (_, way) = way();
            if !proven {
                way.answered(TWO);
            }
            for _ in 0..5 {
                way.failed(ONE, &"fails", proven);
                assert!(way.is_open());
            }
            way.all_failed(way.to_try().0, ONE, &"fails");
            assert!(!way.is_open(), "those that answered before fail too");
        }
    }

    #[test]
    fn n11_few_addresses_are_tried_again_and_one_of_a_host() {
        let (_, way) = way();
        way.answered(TWO);
        for number in 0..20 {
            way.failed(&format!("https://h{}.example/{number}", number % 10), &"fails", false);
        }
        let newest = [TWO, "https://h9.example/19", "https://h8.example/18", "https://h7.example/17"];
        assert_eq!(way.to_try().1, newest);
    }

    #[test]
    fn n11_what_nobody_tries_for_a_day_is_advertised_again() {
        let (clock, way) = way();
        way.failed(ONE, &"fails", false);
        clock.advance(DAY - 1);
        way.all_failed(way.to_try().0, ONE, &"fails");
        assert!(!way.is_open());
        clock.advance(1);
        way.all_failed(way.to_try().0, ONE, &"fails");
        assert!(way.is_open());
    }

    #[test]
    fn n11_who_answers_while_others_are_tried_counts_for_more() {
        let (_, way) = way();
        way.failed(ONE, &"fails", true);
        let (answers, _) = way.to_try();
        way.answered(TWO);
        way.failed(ONE, &"fails", true);
        way.all_failed(answers, ONE, &"fails");
        assert!(way.is_open());
    }
}
