//! Random histories, driven through an engine and through a model side by side.
//!
//! - `operation`: what can happen to a queue, and how it is drawn;
//! - `model`: what a queue should hold, in memory and without any engine, made of the pure rules of `windlass_queue`;
//! - `run`: does each operation to both and compares.
//!
//! What the contract leaves to an engine is checked by rules and then taken in by the model: which of the jobs that may
//! come next a claim brings, and when exactly something that has expired is noticed.

mod model;
mod operation;
mod run;

pub(crate) use operation::{Theme, operations};
pub(crate) use run::Run;

/// How many histories of each theme are tried, if somebody says so: `WINDLASS_PROPERTY_CASES`.
pub(crate) fn cases() -> Option<u32> {
    from_environment("WINDLASS_PROPERTY_CASES")
}

/// Where they come from, if somebody says so: `WINDLASS_PROPERTY_SEED`.
pub(crate) fn seed() -> Option<u32> {
    from_environment("WINDLASS_PROPERTY_SEED")
}

#[expect(clippy::disallowed_methods, reason = "how much to test is said from outside of the tests")]
fn from_environment(name: &str) -> Option<u32> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}
