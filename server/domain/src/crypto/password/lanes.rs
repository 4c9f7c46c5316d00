//! Lanes in which passwords wait for a thread: two bounded ones, so that a flood of strangers leaves room for the others.

use std::collections::VecDeque;

use super::threads::Job;

/// Most passwords of anybody that wait.
pub(super) const PLACES: usize = 32;
/// Most of them from one network: to keep others out takes many.
const PLACES_OF_NETWORK: usize = 8;
/// Most passwords that wait and come from known browsers.
const KNOWN_PLACES: usize = 16;
/// Most of them for one account: whoever has one cannot keep the others out.
const KNOWN_PLACES_OF_ACCOUNT: usize = 2;
/// After so many of known browsers one of anybody is next, whatever waits.
const KNOWN_IN_A_ROW: u32 = 4;

/// On whose account a password waits.
#[derive(Clone, Copy, Debug)]
pub enum Lane<'a> {
    /// Anybody's.
    Anybody {
        /// Its origin.
        network: &'a str,
    },
    /// A browser's that signed in to the account before.
    Known {
        /// The account.
        user_id: &'a str,
    },
}

/// There is no place left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

struct Waiting {
    /// The key that places are counted by.
    whose: String,
    job: Job,
}

struct Places {
    all: usize,
    each: usize,
    waiting: VecDeque<Waiting>,
}

impl Places {
    const fn new(all: usize, each: usize) -> Self {
        Self { all, each, waiting: VecDeque::new() }
    }

    fn add(&mut self, whose: &str, job: Job) -> Result<(), Full> {
        // Whoever hung up gives the place to others.
        self.waiting.retain(|waiting| !waiting.job.is_abandoned());
        let own = self.waiting.iter().filter(|waiting| waiting.whose == whose).count();
        if self.waiting.len() >= self.all || own >= self.each {
            return Err(Full);
        }
        self.waiting.push_back(Waiting { whose: whose.to_owned(), job });
        Ok(())
    }

    /// The job that has waited longest and that somebody still waits for.
    fn take(&mut self) -> Option<Job> {
        std::iter::from_fn(|| self.waiting.pop_front())
            .map(|waiting| waiting.job)
            .find(|job| !job.is_abandoned())
    }
}

/// Both lanes.
pub(super) struct Lanes {
    known: Places,
    anybody: Places,
    /// Passwords of known browsers that were taken since one of anybody had its turn.
    in_a_row: u32,
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            known: Places::new(KNOWN_PLACES, KNOWN_PLACES_OF_ACCOUNT),
            anybody: Places::new(PLACES, PLACES_OF_NETWORK),
            in_a_row: 0,
        }
    }
}

impl Lanes {
    /// Lets a job wait.
    ///
    /// # Errors
    /// [`Full`] when there is no place for it.
    pub(super) fn add(&mut self, lane: Lane<'_>, job: Job) -> Result<(), Full> {
        match lane {
            Lane::Anybody { network } => self.anybody.add(network, job),
            Lane::Known { user_id } => self.known.add(user_id, job),
        }
    }

    /// The job whose turn it is: one of a known browser, if any waits, but not for ever.
    pub(super) fn take(&mut self) -> Option<Job> {
        if self.in_a_row < KNOWN_IN_A_ROW
            && let Some(job) = self.known.take()
        {
            self.in_a_row += 1;
            return Some(job);
        }
        self.in_a_row = 0;
        self.anybody.take().or_else(|| self.known.take())
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot::Receiver;

    use super::{super::threads::Hashed, *};

    const fn anybody(network: &str) -> Lane<'_> {
        Lane::Anybody { network }
    }

    const fn known(user_id: &str) -> Lane<'_> {
        Lane::Known { user_id }
    }

    /// Lets a password wait, and gives what it takes to wait for it.
    fn add(lanes: &mut Lanes, lane: Lane<'_>, password: &str) -> Result<Receiver<Hashed>, Full> {
        let (job, answer) = Job::of(password);
        lanes.add(lane, job).map(|()| answer)
    }

    /// The passwords in the order of their turns.
    fn turns(lanes: &mut Lanes) -> Vec<String> {
        std::iter::from_fn(|| lanes.take()).map(|job| job.password().to_owned()).collect()
    }

    #[test]
    fn a_full_lane_refuses_and_leaves_the_other_alone() {
        let mut lanes = Lanes::default();
        let strangers: Vec<_> =
            (0..PLACES).map(|n| add(&mut lanes, anybody(&n.to_string()), "stranger").unwrap()).collect();
        assert_eq!(add(&mut lanes, anybody("another"), "late").unwrap_err(), Full);
        let friends: Vec<_> =
            (0..KNOWN_PLACES).map(|n| add(&mut lanes, known(&n.to_string()), "friend").unwrap()).collect();
        assert_eq!(add(&mut lanes, known("another"), "late").unwrap_err(), Full);
        assert_eq!(turns(&mut lanes).len(), strangers.len() + friends.len());
        assert!(add(&mut lanes, anybody("another"), "again").is_ok());
    }

    #[test]
    fn one_network_and_one_account_have_few_places() {
        let mut lanes = Lanes::default();
        let mut waiting = Vec::new();
        for _ in 0..PLACES_OF_NETWORK {
            waiting.push(add(&mut lanes, anybody("here"), "x").unwrap());
        }
        assert_eq!(add(&mut lanes, anybody("here"), "x").unwrap_err(), Full);
        waiting.push(add(&mut lanes, anybody("there"), "x").unwrap());
        for _ in 0..KNOWN_PLACES_OF_ACCOUNT {
            waiting.push(add(&mut lanes, known("one"), "x").unwrap());
        }
        assert_eq!(add(&mut lanes, known("one"), "x").unwrap_err(), Full);
        waiting.push(add(&mut lanes, known("other"), "x").unwrap());
    }

    #[test]
    fn known_browsers_are_first_and_the_others_have_their_turn_too() {
        let mut lanes = Lanes::default();
        let mut waiting = Vec::new();
        for n in ["s1", "s2", "s3"] {
            waiting.push(add(&mut lanes, anybody(n), n).unwrap());
        }
        for n in ["k1", "k2", "k3", "k4", "k5", "k6"] {
            waiting.push(add(&mut lanes, known(n), n).unwrap());
        }
        assert_eq!(turns(&mut lanes), ["k1", "k2", "k3", "k4", "s1", "k5", "k6", "s2", "s3"]);
    }

    #[test]
    fn who_hangs_up_leaves_the_place_and_costs_nothing() {
        let mut lanes = Lanes::default();
        let mut waiting: Vec<_> =
            (0..PLACES).map(|n| add(&mut lanes, anybody(&n.to_string()), &n.to_string()).unwrap()).collect();
        waiting.remove(5);
        let last = add(&mut lanes, anybody("another"), "last").unwrap();
        waiting.remove(0);
        let turns = turns(&mut lanes);
        assert_eq!((turns.len(), turns[0].as_str(), turns[PLACES - 2].as_str()), (PLACES - 1, "1", "last"));
        assert!(!turns.contains(&"5".to_owned()));
        drop(last);
    }
}
