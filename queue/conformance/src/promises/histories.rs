//! Whatever happens, in whatever order: an engine and the rules agree.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::runtime::Handle;

use crate::Bench;
use crate::history::{Run, operations};

/// How many histories are tried unless `WINDLASS_PROPERTY_CASES` says otherwise: few, so that the suite stays quick.
const CASES: u32 = 64;
/// How long a history may be.
const MOST_OPERATIONS: usize = 60;

pub async fn any_history_agrees_with_the_model(bench: Bench) {
    let runtime = Handle::current();
    // The runner is not async; on a thread of its own it may wait for what is.
    tokio::task::spawn_blocking(move || try_histories(&bench, &runtime)).await.unwrap();
}

fn try_histories(bench: &Bench, runtime: &Handle) {
    let seed = from_environment("WINDLASS_PROPERTY_SEED").unwrap_or(1);
    let trial = |history: Vec<_>| {
        runtime.block_on(async { Run::drive(bench.another_queue().await, &history).await });
        Ok(())
    };
    let outcome = runner(seed).run(&operations(MOST_OPERATIONS), trial);
    assert!(outcome.is_ok(), "with the seed {seed}: {}", outcome.unwrap_err());
}

/// The same histories for the same seed.
fn runner(seed: u32) -> TestRunner {
    let cases = from_environment("WINDLASS_PROPERTY_CASES").unwrap_or(CASES);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_be_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

#[expect(clippy::disallowed_methods, reason = "how much to test is said from outside of the tests")]
fn from_environment(name: &str) -> Option<u32> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}
