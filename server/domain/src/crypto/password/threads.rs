//! The threads that hash, and their memory.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use argon2::{Argon2, Block, password_hash::Output};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{
    super::CryptoError,
    lanes::{Full, Lane, Lanes},
};

/// Most threads that hash, on half of the machine's cores.
pub(super) const THREADS_MAX: usize = 4;
/// The time that a thread keeps its memory without work.
const KEPT: Duration = Duration::from_secs(5);
/// Most memory of one hash, in KiB, which are argon2's blocks.
pub(super) const MEMORY_MAX: u32 = 64 * 1024;

/// The outcome of hashing.
pub(super) type Hashed = Result<Output, CryptoError>;

/// Parameters and salt that a password is hashed with.
#[derive(Clone)]
pub(super) struct Recipe {
    /// The algorithm with its parameters.
    pub(super) argon2: Argon2<'static>,
    /// The salt.
    pub(super) salt: Vec<u8>,
}

impl Recipe {
    fn hash(&self, password: &str, memory: &mut Memory) -> Hashed {
        let params = self.argon2.params();
        let length = params.output_len().unwrap_or(argon2::Params::DEFAULT_OUTPUT_LEN);
        let blocks = memory.blocks(params.block_count())?;
        Output::init_with(length, |out| {
            Ok(self.argon2.hash_password_into_with_memory(password.as_bytes(), &self.salt, out, blocks)?)
        })
        .map_err(|_| CryptoError::PasswordHash)
    }
}

/// A password that waits to be hashed.
pub(super) struct Job {
    password: Zeroizing<String>,
    recipe: Recipe,
    answer: oneshot::Sender<Hashed>,
}

impl Job {
    /// Says if nobody waits for it any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    fn work(self, memory: &mut Memory) {
        // Whoever hung up meanwhile is not told.
        let _ = self.answer.send(self.recipe.hash(&self.password, memory));
    }
}

/// The memory of one thread, used again for every hash.
///
/// What is freed has to go back to the system. glibc's malloc keeps freed memory in the arena of the thread, except what
/// it got from `mmap` for itself; and each free of such memory raises the size from which on it uses `mmap`, up to
/// 32 MiB. No arena of a thread is larger than 64 MiB with its head. So as much is asked for as no arena can have:
/// always a mapping of its own, and unmapped when freed. Pages that are never written to cost nothing.
#[derive(Default)]
struct Memory(Vec<Block>);

impl Memory {
    fn blocks(&mut self, count: usize) -> Result<&mut [Block], CryptoError> {
        self.0
            .try_reserve_exact(MEMORY_MAX as usize - self.0.len())
            .map_err(|_| CryptoError::PasswordHash)?;
        if self.0.len() < count {
            self.0.resize(count, Block::default());
        }
        self.0.get_mut(..count).ok_or(CryptoError::PasswordHash)
    }
}

#[derive(Default)]
struct State {
    lanes: Lanes,
    held: bool,
    over: bool,
}

enum Next {
    Job(Job),
    /// There was no work for a while.
    Idle,
    /// There will be none.
    Over,
}

/// State that the threads share with those who wait for them.
#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    /// The next job, or that none came within `timeout`.
    fn next(&self, timeout: Option<Duration>) -> Next {
        let mut state = self.state();
        let mut late = false;
        loop {
            if state.over {
                return Next::Over;
            }
            if !state.held
                && let Some(job) = state.lanes.take()
            {
                return Next::Job(job);
            }
            if late {
                return Next::Idle;
            }
            state = match timeout {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(timeout) => {
                    let waited = self.changed.wait_timeout(state, timeout);
                    let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
                    late = timeout.timed_out();
                    state
                }
            };
        }
    }

    fn work(&self) {
        let mut memory = Memory::default();
        loop {
            let timeout = (memory.0.capacity() > 0).then_some(KEPT);
            match self.next(timeout) {
                Next::Job(job) => job.work(&mut memory),
                Next::Idle => memory = Memory::default(),
                Next::Over => return,
            }
        }
    }
}

/// The threads. They end when this goes.
pub(super) struct Threads(Arc<Queue>);

impl Threads {
    /// Starts them.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start() -> std::io::Result<Self> {
        let threads = Self(Arc::default());
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        for _ in 0..(cores / 2).clamp(1, THREADS_MAX) {
            let queue = Arc::clone(&threads.0);
            std::thread::Builder::new().name("passwords".to_owned()).spawn(move || queue.work())?;
        }
        Ok(threads)
    }

    /// Hashes a password. Whoever stops waiting gives up the place.
    ///
    /// # Errors
    /// [`CryptoError::Busy`], at once, when the lane is full.
    pub(super) async fn hash(&self, password: String, recipe: Recipe, lane: Lane<'_>) -> Hashed {
        let (answer, hashed) = oneshot::channel();
        let job = Job { password: Zeroizing::new(password), recipe, answer };
        self.0.state().lanes.add(lane, job).map_err(|Full| CryptoError::Busy)?;
        self.0.changed.notify_one();
        hashed.await.unwrap_or(Err(CryptoError::PasswordHash))
    }

    /// Lets all jobs wait until what this gives goes.
    pub(super) fn hold(&self) -> Held {
        self.0.change(|state| state.held = true);
        Held(Arc::clone(&self.0))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.0.change(|state| state.over = true);
    }
}

/// Nothing is hashed while this lives.
pub struct Held(Arc<Queue>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.change(|state| state.held = false);
    }
}

#[cfg(test)]
impl Job {
    /// A job with this password, and what it takes to wait for it.
    pub(super) fn of(password: &str) -> (Self, oneshot::Receiver<Hashed>) {
        let (answer, hashed) = oneshot::channel();
        let recipe = Recipe { argon2: Argon2::default(), salt: Vec::new() };
        (Self { password: Zeroizing::new(password.to_owned()), recipe, answer }, hashed)
    }

    /// Its password.
    pub(super) fn password(&self) -> &str {
        &self.password
    }
}
