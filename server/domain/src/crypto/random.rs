//! Randomness from the operating system, in one place.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

/// Fresh random bytes.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
