//! The connections that are open, with what each is doing, and the one that goes when there is no room or it takes too
//! long.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU8, Ordering},
    },
};

use ipnet::IpNet;
use tokio_util::sync::CancellationToken;

use domain::{
    clock::{Clock, Millis, SECOND},
    rate_limit::network,
};

/// Descriptors that are left for everything that is no connection of a client: the database, fetching, the log.
const RESERVED: u64 = 128;
/// Most connections, however many descriptors there are.
const TOTAL_MAX: u64 = 8_192;
/// Most time for the head of a request, from its first byte on.
const HEAD_TIMEOUT: Millis = 10 * SECOND;
/// Most time that a connection waits for a request. Longer than proxies keep theirs, which end them first then.
const IDLE_TIMEOUT: Millis = 75 * SECOND;
/// Most time that a request and its answer go without a byte in either direction.
const STALL_TIMEOUT: Millis = 60 * SECOND;
/// After how long without a byte a request makes room for another connection from the same address.
const SLOW: Millis = 10 * SECOND;

/// Bounds on the number of connections.
#[derive(Clone, Debug)]
pub struct ConnectionBounds {
    /// In all.
    pub total: usize,
    /// From one address.
    pub per_address: usize,
    /// Addresses that stand for many people, and so have no bound of their own.
    pub proxies: Vec<IpNet>,
}

impl ConnectionBounds {
    /// As many as a process with so many descriptors can hold. No address gets more than a quarter.
    pub fn within(descriptors: u64, proxies: Vec<IpNet>) -> Self {
        let total = usize::try_from(descriptors.saturating_sub(RESERVED).clamp(16, TOTAL_MAX))
            .expect("at most TOTAL_MAX");
        Self { total, per_address: total / 4, proxies }
    }
}

/// The phase of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    /// It waits for a request.
    Idle,
    /// A part of a request's head has come.
    Head,
    /// A request is answered.
    Request,
}

/// The phase of a connection, and the moment it began.
pub struct Activity {
    clock: Arc<dyn Clock>,
    phase: AtomicU8,
    since: AtomicI64,
}

impl Activity {
    fn new(clock: Arc<dyn Clock>) -> Self {
        let since = AtomicI64::new(clock.monotonic());
        Self { clock, phase: AtomicU8::new(Phase::Idle as u8), since }
    }

    fn enter(&self, phase: Phase) {
        self.since.store(self.clock.monotonic(), Ordering::Relaxed);
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    /// A request has come.
    pub fn request_begins(&self) {
        self.enter(Phase::Request);
    }

    /// Its answer is written, or given up.
    pub fn request_ends(&self) {
        self.enter(Phase::Idle);
    }

    /// Bytes have come.
    pub fn received(&self) {
        match self.phase() {
            Phase::Idle => self.enter(Phase::Head),
            // A head that comes in drops is as late as one that does not come.
            Phase::Head => {}
            Phase::Request => self.enter(Phase::Request),
        }
    }

    /// Bytes have gone.
    pub fn sent(&self) {
        if self.phase() == Phase::Request {
            self.enter(Phase::Request);
        }
    }

    fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Idle,
            1 => Phase::Head,
            _ => Phase::Request,
        }
    }

    fn age(&self, now: Millis) -> Millis {
        now - self.since.load(Ordering::Relaxed)
    }

    fn is_late(&self, now: Millis) -> bool {
        let timeout = match self.phase() {
            Phase::Idle => IDLE_TIMEOUT,
            Phase::Head => HEAD_TIMEOUT,
            Phase::Request => STALL_TIMEOUT,
        };
        self.age(now) >= timeout
    }

    /// Rank among those that are given up for another; `None` for one that is not. Any without a request goes before
    /// those with a slow one, the oldest first.
    fn rank(&self, now: Millis) -> Option<(bool, Millis)> {
        let (waiting, age) = (self.phase() != Phase::Request, self.age(now));
        (waiting || age >= SLOW).then_some((waiting, age))
    }
}

struct Entry {
    /// `None` for an address without a bound.
    address: Option<String>,
    activity: Arc<Activity>,
    close: CancellationToken,
}

#[derive(Default)]
struct Open {
    next: u64,
    entries: HashMap<u64, Entry>,
    by_address: HashMap<String, usize>,
}

impl Open {
    fn remove(&mut self, id: u64) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        if let Some(address) = &entry.address
            && let Some(count) = self.by_address.get_mut(address)
        {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(address);
            }
        }
        Some(entry)
    }

    /// Closes the connection that is given up most gladly, of one address or of all.
    fn give_up_one(&mut self, of: Option<&str>, now: Millis) -> bool {
        let candidates =
            self.entries.iter().filter(|(_, entry)| of.is_none() || entry.address.as_deref() == of);
        let ranked = candidates.filter_map(|(&id, entry)| Some((entry.activity.rank(now)?, id)));
        let Some((_, id)) = ranked.max() else { return false };
        if let Some(entry) = self.remove(id) {
            entry.close.cancel();
        }
        true
    }
}

/// The open connections.
pub struct Connections {
    bounds: ConnectionBounds,
    clock: Arc<dyn Clock>,
    open: Mutex<Open>,
}

impl Connections {
    /// No connections.
    pub fn new(bounds: ConnectionBounds, clock: Arc<dyn Clock>) -> Self {
        Self { bounds, clock, open: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a connection in, for which another one may have to go; `None` when there is no room. It ends with `all`.
    pub fn admit(self: &Arc<Self>, peer: IpAddr, all: &CancellationToken) -> Option<Ticket> {
        let now = self.clock.monotonic();
        let peer = peer.to_canonical();
        let is_proxy = self.bounds.proxies.iter().any(|proxies| proxies.contains(&peer));
        let address = (!is_proxy).then(|| network(&peer.to_string()));
        let mut open = self.open();
        if let Some(address) = &address {
            let count = open.by_address.get(address).copied().unwrap_or_default();
            if count >= self.bounds.per_address && !open.give_up_one(Some(address), now) {
                return None;
            }
        }
        if open.entries.len() >= self.bounds.total && !open.give_up_one(None, now) {
            return None;
        }
        if let Some(address) = &address {
            *open.by_address.entry(address.clone()).or_default() += 1;
        }
        let id = open.next;
        open.next += 1;
        let (activity, close) = (Arc::new(Activity::new(Arc::clone(&self.clock))), all.child_token());
        let entry = Entry { address, activity: Arc::clone(&activity), close: close.clone() };
        open.entries.insert(id, entry);
        Some(Ticket { connections: Arc::clone(self), id, activity, close })
    }

    /// Closes those that take too long.
    pub fn close_late(&self) {
        let now = self.clock.monotonic();
        let mut open = self.open();
        let late = open.entries.iter().filter(|(_, entry)| entry.activity.is_late(now));
        for id in late.map(|(&id, _)| id).collect::<Vec<_>>() {
            if let Some(entry) = open.remove(id) {
                entry.close.cancel();
            }
        }
    }

    /// Closes one, so that its descriptor becomes free.
    pub fn give_up_one(&self) {
        self.open().give_up_one(None, self.clock.monotonic());
    }
}

/// A connection's place, until this goes.
pub struct Ticket {
    connections: Arc<Connections>,
    id: u64,
    /// The phase of the connection, told by whoever reads and writes.
    pub activity: Arc<Activity>,
    close: CancellationToken,
}

impl Ticket {
    /// Waits until the connection has to end.
    pub async fn given_up(&self) {
        self.close.cancelled().await;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.connections.open().remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::clock::ManualClock;

    fn connections(
        total: usize,
        per_address: usize,
        proxies: &[&str],
    ) -> (Arc<Connections>, Arc<ManualClock>) {
        let proxies = proxies.iter().map(|proxies| proxies.parse().unwrap()).collect();
        let clock = Arc::new(ManualClock::new(0));
        let bounds = ConnectionBounds { total, per_address, proxies };
        (Arc::new(Connections::new(bounds, clock.clone())), clock)
    }

    fn admit(connections: &Arc<Connections>, peer: &str) -> Option<Ticket> {
        connections.admit(peer.parse().unwrap(), &CancellationToken::new())
    }

    #[test]
    fn an_address_that_has_all_it_may_loses_its_oldest_waiting_connection() {
        let (connections, clock) = connections(100, 2, &[]);
        let first = admit(&connections, "192.0.2.1").unwrap();
        clock.advance(SECOND);
        let second = admit(&connections, "192.0.2.1").unwrap();
        clock.advance(SECOND);
        first.activity.request_begins();
        let _third = admit(&connections, "192.0.2.1").unwrap();
        assert!(second.close.is_cancelled() && !first.close.is_cancelled(), "requests are not given up");
        let _other = admit(&connections, "192.0.2.2").expect("others have room of their own");
    }

    #[test]
    fn requests_go_only_when_they_are_slow() {
        let (connections, clock) = connections(100, 1, &[]);
        let first = admit(&connections, "2001:db8::1").unwrap();
        first.activity.request_begins();
        assert!(admit(&connections, "2001:db8::2").is_none(), "one household, one bound");
        clock.advance(9 * SECOND);
        first.activity.received();
        clock.advance(9 * SECOND);
        assert!(admit(&connections, "2001:db8::1").is_none(), "its body still comes");
        clock.advance(SECOND);
        let _second = admit(&connections, "2001:db8::1").unwrap();
        assert!(first.close.is_cancelled());
    }

    #[test]
    fn when_all_room_is_taken_the_oldest_of_all_goes() {
        let (connections, clock) = connections(2, 2, &["10.0.0.0/8"]);
        let first = admit(&connections, "10.0.0.1").unwrap();
        clock.advance(SECOND);
        let second = admit(&connections, "192.0.2.1").unwrap();
        let _third = admit(&connections, "192.0.2.2").unwrap();
        assert!(first.close.is_cancelled() && !second.close.is_cancelled());
        drop(first);
        assert_eq!(connections.open().entries.len(), 2, "what was given up is not counted twice");
    }

    #[test]
    fn a_proxy_has_no_bound_of_its_own() {
        let (connections, _) = connections(100, 1, &["10.0.0.0/8"]);
        let tickets: Vec<_> = (0..50).map(|_| admit(&connections, "::ffff:10.0.0.1").unwrap()).collect();
        assert!(tickets.iter().all(|ticket| !ticket.close.is_cancelled()));
    }

    #[test]
    fn each_phase_has_its_time() {
        let (connections, clock) = connections(100, 100, &[]);
        let [idle, head, request] = [0; 3].map(|_| admit(&connections, "192.0.2.1").unwrap());
        head.activity.received();
        request.activity.request_begins();
        let mut closed = Vec::new();
        for second in 1..=80 {
            clock.advance(SECOND);
            head.activity.received();
            connections.close_late();
            closed.push((second, [&idle, &head, &request].map(|ticket| ticket.close.is_cancelled())));
        }
        let first = |which: usize| closed.iter().find(|(_, all)| all[which]).map(|(second, _)| *second);
        assert_eq!([first(0), first(1), first(2)], [Some(75), Some(10), Some(60)]);
        drop([idle, head, request]);
        assert!(connections.open().by_address.is_empty());
    }

    #[test]
    fn bounds_leave_descriptors_for_the_rest() {
        let bounds = |descriptors| {
            let bounds = ConnectionBounds::within(descriptors, Vec::new());
            (bounds.total, bounds.per_address)
        };
        assert_eq!(bounds(1_024), (896, 224));
        assert_eq!(bounds(1_000_000), (8_192, 2_048));
        assert_eq!(bounds(64), (16, 4));
    }
}
