//! Passwords: argon2id, on few threads of its own, whose memory is used again and given back.

mod lanes;
pub mod rules;
mod threads;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Output, ParamsString, PasswordHash, SaltString},
};
use aws_lc_rs::constant_time;
use tokio::sync::{Semaphore, SemaphorePermit};

pub use self::{lanes::Lane, threads::Held};
use self::{
    lanes::PLACES,
    threads::{MEMORY_MAX, Recipe, THREADS_MAX, Threads},
};
use super::{CryptoError, random};

/// Dearest stored hash that is verified, in KiB times passes: several times what new hashes take.
const WORK_MAX: u64 = 4 * MEMORY_MAX as u64;
/// Most strangers who are about to wait, wait, or have their password hashed.
const STRANGERS: usize = PLACES + THREADS_MAX;
/// Length of salts, in bytes.
const SALT_LENGTH: usize = 16;

/// Hashes and verifies passwords with one set of parameters.
#[derive(Clone)]
pub struct PasswordHasher {
    argon2: Argon2<'static>,
    threads: Arc<Threads>,
    /// See [`let_in`](Self::let_in).
    strangers: Arc<Semaphore>,
    /// Verified against when there is no such account, so that both cases take the same time.
    decoy: Stored,
    /// See [`work`](Self::work).
    work: Arc<AtomicU64>,
}

/// A stored hash.
#[derive(Clone)]
struct Stored {
    recipe: Recipe,
    output: Output,
}

impl PasswordHasher {
    /// The parameters that OWASP recommends for argon2id: 19 MiB, two passes, one lane.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn recommended() -> Result<Self, CryptoError> {
        Self::with_cost(19 * 1024, 2)
    }

    /// Other parameters: memory in KiB, and passes. Tests use the least there is.
    ///
    /// # Errors
    /// When argon2 refuses the parameters, or the system gives no thread.
    pub fn with_cost(memory_kib: u32, passes: u32) -> Result<Self, CryptoError> {
        let length = Params::DEFAULT_OUTPUT_LEN;
        let params =
            Params::new(memory_kib, passes, 1, Some(length)).map_err(|_| CryptoError::PasswordHash)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let recipe = Recipe { argon2: argon2.clone(), salt: random::bytes::<SALT_LENGTH>().to_vec() };
        let output = Output::new(&random::bytes::<{ Params::DEFAULT_OUTPUT_LEN }>());
        let decoy = Stored { recipe, output: output.map_err(|_| CryptoError::PasswordHash)? };
        let threads = Threads::start().map_err(CryptoError::Thread)?;
        let strangers = Arc::new(Semaphore::new(STRANGERS));
        Ok(Self { argon2, threads: Arc::new(threads), strangers, decoy, work: Arc::default() })
    }

    /// The hash to store, in PHC format.
    ///
    /// # Errors
    /// [`CryptoError::Busy`] when too many wait already, [`CryptoError::PasswordHash`] when argon2 fails.
    pub async fn hash(&self, password: String) -> Result<String, CryptoError> {
        let salt = random::bytes::<SALT_LENGTH>();
        let recipe = Recipe { argon2: self.argon2.clone(), salt: salt.to_vec() };
        let password = rules::normalized(&password).into_owned();
        let output = self.threads.hash(password, recipe, Lane::Anybody { network: "" }).await?;
        phc(&self.argon2, &salt, output).map_err(|_| CryptoError::PasswordHash)
    }

    /// Says if the password belongs to the stored hash. Without a stored hash the answer is no, after as much work.
    ///
    /// # Errors
    /// [`CryptoError::Busy`], at once, when too many wait in the lane already; [`CryptoError::PasswordHash`] when the
    /// stored hash is damaged or too dear.
    pub async fn verify(
        &self,
        password: String,
        stored: Option<String>,
        lane: Lane<'_>,
    ) -> Result<bool, CryptoError> {
        let known = stored.is_some();
        // Its own parameters are used, whatever new hashes are made with.
        let Stored { recipe, output } = match &stored {
            Some(phc) => Stored::parse(phc)?,
            None => self.decoy.clone(),
        };
        let work = work(recipe.argon2.params());
        let password = rules::normalized(&password).into_owned();
        let hashed = self.threads.hash(password, recipe, lane).await?;
        self.work.fetch_add(work, Ordering::Relaxed);
        let matches = constant_time::verify_slices_are_equal(hashed.as_bytes(), output.as_bytes()).is_ok();
        Ok(matches && known)
    }

    /// Lets a stranger in who brings a password, until what this gives goes.
    ///
    /// # Errors
    /// [`CryptoError::Busy`] when there are more of them than may wait: then nothing need be looked up for another.
    pub fn let_in(&self) -> Result<SemaphorePermit<'_>, CryptoError> {
        self.strangers.try_acquire().map_err(|_| CryptoError::Busy)
    }

    /// The cost of all verifications so far: memory in KiB times passes, summed up. An attempt to sign in costs the
    /// same whether the account exists or not, or its time would tell.
    pub fn work(&self) -> u64 {
        self.work.load(Ordering::Relaxed)
    }

    /// Lets everything wait, as in a flood, until what this gives goes.
    pub fn hold(&self) -> Held {
        self.threads.hold()
    }
}

impl Stored {
    fn parse(phc: &str) -> Result<Self, CryptoError> {
        let stored = Self::read(phc).map_err(|_| CryptoError::PasswordHash)?;
        let params = stored.recipe.argon2.params();
        if params.m_cost() > MEMORY_MAX || work(params) > WORK_MAX {
            return Err(CryptoError::PasswordHash);
        }
        Ok(stored)
    }

    fn read(phc: &str) -> Result<Self, argon2::password_hash::Error> {
        let parsed = PasswordHash::new(phc)?;
        let version = parsed.version.map(Version::try_from).transpose()?.unwrap_or_default();
        let argon2 = Argon2::new(Algorithm::try_from(parsed.algorithm)?, version, Params::try_from(&parsed)?);
        let (salt, output) =
            parsed.salt.zip(parsed.hash).ok_or(argon2::password_hash::Error::PhcStringField)?;
        let mut bytes = [0; argon2::password_hash::Salt::MAX_LENGTH];
        let salt = salt.decode_b64(&mut bytes)?.to_vec();
        Ok(Self { recipe: Recipe { argon2, salt }, output })
    }
}

fn work(params: &Params) -> u64 {
    u64::from(params.m_cost()) * u64::from(params.t_cost())
}

fn phc(argon2: &Argon2<'_>, salt: &[u8], output: Output) -> Result<String, argon2::password_hash::Error> {
    let salt = SaltString::encode_b64(salt)?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2.params())?,
        salt: Some(salt.as_salt()),
        hash: Some(output),
    };
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::pin, task::Poll};

    use argon2::PasswordVerifier;

    use super::*;

    const HERE: Lane<'_> = Lane::Anybody { network: "here" };
    const KNOWN: Lane<'_> = Lane::Known { user_id: "usr_1" };

    fn cheap() -> PasswordHasher {
        PasswordHasher::with_cost(8, 1).unwrap()
    }

    /// Says if it has ended, now that it was begun.
    async fn ended<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
        poll_fn(|context| match std::pin::Pin::new(&mut *future).poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    #[tokio::test]
    async fn only_the_password_of_the_hash_is_right() {
        let hasher = cheap();
        let hash = hasher.hash("right".to_owned()).await.unwrap();
        assert!(hasher.verify("right".to_owned(), Some(hash.clone()), HERE).await.unwrap());
        assert!(!hasher.verify("wrong".to_owned(), Some(hash.clone()), KNOWN).await.unwrap());
        assert!(!hasher.verify("right".to_owned(), None, HERE).await.unwrap());
        assert_ne!(hasher.hash("right".to_owned()).await.unwrap(), hash, "each has a salt of its own");
        // As the library says, too.
        let parsed = PasswordHash::new(&hash).unwrap();
        assert!(Argon2::default().verify_password(b"right", &parsed).is_ok());
    }

    #[tokio::test]
    async fn a_hash_keeps_the_parameters_that_it_was_made_with() {
        let hash = PasswordHasher::with_cost(64, 3).unwrap().hash("x".to_owned()).await.unwrap();
        let hasher = cheap();
        assert!(hasher.verify("x".to_owned(), Some(hash.clone()), HERE).await.unwrap());
        assert_eq!(hasher.work(), 64 * 3);
        // Of another maker and make.
        let other = "$argon2i$v=19$m=64,t=2,p=2$c29tZXNhbHQ$";
        let salt = argon2::password_hash::Salt::from_b64("c29tZXNhbHQ").unwrap();
        let params = Params::new(64, 2, 2, Some(24)).unwrap();
        let made = argon2::PasswordHasher::hash_password_customized(
            &Argon2::default(),
            b"x",
            Some(Algorithm::Argon2i.ident()),
            None,
            params,
            salt,
        );
        let made = made.unwrap().to_string();
        assert!(made.starts_with(other), "{made}");
        assert!(hasher.verify("x".to_owned(), Some(made), HERE).await.unwrap());
    }

    #[tokio::test]
    async fn a_damaged_or_dear_hash_is_refused_without_work() {
        let hasher = cheap();
        let hash = hasher.hash("x".to_owned()).await.unwrap();
        for (from, to) in [
            ("m=8,", "m=65537,"),
            ("m=8,", "m=4294967295,"),
            ("t=1,", "t=4294967295,"),
            ("m=8,t=1,", "m=65536,t=5,"),
            ("argon2id", "scrypt"),
            ("v=19", "v=1"),
        ] {
            let changed = hash.replace(from, to);
            assert_ne!(changed, hash);
            let refused = hasher.verify("x".to_owned(), Some(changed), HERE).await;
            assert!(matches!(refused, Err(CryptoError::PasswordHash)), "{to}");
        }
        for text in ["", "$argon2id$v=19$m=8,t=1,p=1", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ"] {
            assert!(hasher.verify("x".to_owned(), Some(text.to_owned()), HERE).await.is_err(), "{text}");
        }
        assert_eq!(hasher.work(), 0);
    }

    #[tokio::test]
    async fn a_full_lane_refuses_at_once_and_known_browsers_still_get_in() {
        let hasher = cheap();
        let held = hasher.hold();
        let networks: Vec<_> = (0..32).map(|number| number.to_string()).collect();
        let mut waiting: Vec<_> = networks
            .iter()
            .map(|network| Box::pin(hasher.verify("x".to_owned(), None, Lane::Anybody { network })))
            .collect();
        for one in &mut waiting {
            assert!(ended(one).await.is_none());
        }
        let refused = hasher.verify("x".to_owned(), None, HERE).await;
        assert!(matches!(refused, Err(CryptoError::Busy)), "{refused:?}");
        let mut known = pin!(hasher.verify("x".to_owned(), None, KNOWN));
        assert!(ended(&mut known).await.is_none(), "it waits");
        // Who hangs up makes room.
        waiting.pop();
        let mut late = pin!(hasher.verify("x".to_owned(), None, HERE));
        assert!(ended(&mut late).await.is_none());
        drop(held);
        assert!(!known.await.unwrap());
        assert!(!late.await.unwrap());
        for one in waiting {
            assert!(!one.await.unwrap());
        }
        assert_eq!(hasher.work(), 8 * 33, "what nobody waits for is not hashed");
    }
}
