//! Whatever happens, in whatever order: an engine and the rules agree.
//!
//! Each promise here tries histories with a theme of their own. A failure names the seed and the shortest history that fails.
//! For a longer run `WINDLASS_PROPERTY_CASES=5000 cargo xtask test -- --profile long -E 'test(histories::)'` tries that many of
//! each theme; `WINDLASS_PROPERTY_SEED=7` tries others.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::runtime::Handle;

use crate::Bench;
use crate::history::{Run, Theme, cases, operations, seed};

/// How long a history may be.
const MOST_OPERATIONS: usize = 60;
/// How many milliseconds a failure may take to become shorter.
const SHRINKING: u32 = 60_000;

pub async fn plain_work_agrees_with_the_model(bench: Bench) {
    agrees(bench, Theme::PlainWork).await;
}

pub async fn pauses_agree_with_the_model(bench: Bench) {
    agrees(bench, Theme::Pauses).await;
}

pub async fn limits_agree_with_the_model(bench: Bench) {
    agrees(bench, Theme::Limits).await;
}

pub async fn rates_agree_with_the_model(bench: Bench) {
    agrees(bench, Theme::Rates).await;
}

pub async fn unique_jobs_agree_with_the_model(bench: Bench) {
    agrees(bench, Theme::UniqueJobs).await;
}

pub async fn batches_agree_with_the_model(bench: Bench) {
    agrees(bench, Theme::Batches).await;
}

pub async fn deaths_agree_with_the_model(bench: Bench) {
    agrees(bench, Theme::Deaths).await;
}

pub async fn steering_agrees_with_the_model(bench: Bench) {
    agrees(bench, Theme::Steering).await;
}

async fn agrees(bench: Bench, theme: Theme) {
    let runtime = Handle::current();
    // The runner is not async; on a thread of its own it may wait for what is.
    tokio::task::spawn_blocking(move || try_histories(&bench, theme, &runtime)).await.unwrap();
}

fn try_histories(bench: &Bench, theme: Theme, runtime: &Handle) {
    let seed = seed().unwrap_or(1);
    let cases = cases().unwrap_or_else(|| bench.histories());
    let trial = |history: Vec<_>| {
        runtime.block_on(async { Run::drive(bench.another_queue().await, &history).await });
        Ok(())
    };
    let outcome = runner(cases, seed).run(&operations(theme, MOST_OPERATIONS), trial);
    assert!(outcome.is_ok(), "with the seed {seed}: {}", outcome.unwrap_err());
}

/// The same histories for the same seed.
fn runner(cases: u32, seed: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_time: SHRINKING,
        max_shrink_iters: u32::MAX,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_be_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}
