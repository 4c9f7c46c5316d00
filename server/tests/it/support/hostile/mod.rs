//! Input of strangers, the server that they meet, and how properties are tried with it.

mod headers;
mod html;
mod json;
mod text;
mod uris;
mod world;

use std::hash::{BuildHasher, Hasher, RandomState};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngSeed, TestRunner},
};
use tokio::runtime::Runtime;

pub use self::{
    headers::{Header, header, headers},
    html::{Page, assert_headers, assert_safe, button},
    json::{Member, members, object, raw},
    text::{Change, MARK, all, bytes, changed, changes, decoded, encoded, first, text},
    uris::near_uri,
    world::{URIS, World, assert_description, assert_local},
};

/// Number of cases that `make fuzz` tries of each property.
const ASKED: &str = "FUZZ_CASES";

/// The runtime of a property: cases come one after the other, and see the same server.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Fails with the smallest case found for which the property panics. `cases` is how many are tried in `make test`.
pub fn holds<S: Strategy>(runtime: &Runtime, cases: u32, strategy: &S, property: impl AsyncFn(S::Value)) {
    let asked = std::env::var(ASKED).ok().map(|number| number.parse().expect("FUZZ_CASES is a number"));
    // Reads PROPTEST_RNG_SEED.
    let defaults = Config::default();
    let seed = match (defaults.rng_seed, asked) {
        (RngSeed::Fixed(seed), _) => seed,
        (RngSeed::Random, Some(_)) => RandomState::new().build_hasher().finish(),
        (RngSeed::Random, None) => 1,
    };
    let config = Config {
        cases: asked.unwrap_or(cases),
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..defaults
    };
    let outcome = TestRunner::new(config).run(strategy, |case| {
        runtime.block_on(property(case));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}\nThe run again: PROPTEST_RNG_SEED={seed}, with {ASKED} as it was");
    }
}
