//! Randomness that can be had again.

use std::hash::{BuildHasher, Hasher, RandomState};

/// The beginning of a test's randomness. It is printed when the test fails; `GATEPASS_TEST_SEED` brings it back.
pub struct Seed(u64);

impl Seed {
    pub fn new() -> Self {
        let given = std::env::var("GATEPASS_TEST_SEED").ok();
        Self(given.map_or_else(|| RandomState::new().build_hasher().finish(), |seed| seed.parse().unwrap()))
    }

    /// The randomness of one task or round; different numbers give different ones.
    pub fn chance(&self, number: u64) -> Chance {
        Chance::of(self.0 ^ number.wrapping_mul(0xA24B_AED4_963E_E407))
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to have the same choices again: GATEPASS_TEST_SEED={}", self.0);
        }
    }
}

/// SplitMix64.
#[derive(Clone)]
pub struct Chance(u64);

impl Chance {
    /// The same each time.
    pub const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to `end`, without it.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let end = u64::try_from(end).unwrap();
        usize::try_from((mixed ^ (mixed >> 31)) % end).unwrap()
    }

    /// True once in `times`.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}
