//! The two steps in which a worker ends.

use std::time::Duration;

use serde_json::json;
use windlass_shared::JobState;
use windlass_tests::{EngineKind, System};

const SOON: Duration = Duration::from_secs(10);

on_each_engine!(a_worker_that_is_asked_to_end_finishes_what_it_runs_and_starts_nothing_more);

async fn a_worker_that_is_asked_to_end_finishes_what_it_runs_and_starts_nothing_more(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let mut worker = system.worker("worker", &["--concurrency", "2"]).unwrap();
    let running = api.enqueue("diagnostic.sleep", json!({ "ms": 1_500 })).await.unwrap();
    witness.until_at_work(&[running], SOON).await.unwrap();

    worker.terminate().unwrap();
    worker.says("draining", SOON).await.unwrap();
    let late = api.enqueue("diagnostic.noop", json!({})).await.unwrap();
    assert!(worker.exit(SOON).await.unwrap().success());

    let finished = witness.job(running).await.unwrap();
    assert_eq!((finished.state, finished.claims), (JobState::Completed, 1));
    let untouched = witness.job(late).await.unwrap();
    assert_eq!((untouched.state, untouched.claims), (JobState::Available, 0));
}

on_each_engine!(a_worker_that_is_asked_twice_gives_back_what_it_runs_and_ends);

async fn a_worker_that_is_asked_twice_gives_back_what_it_runs_and_ends(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let mut worker = system.worker("first", &["--concurrency", "3"]).unwrap();
    // One of them computes, so it has to notice by itself that its time is over.
    let args = [json!({ "ms": 4_000 }), json!({ "ms": 4_001 }), json!({ "ms": 4_002, "cpu": true })];
    let ids = api.enqueue_all("diagnostic.sleep", args).await.unwrap();
    witness.until_at_work(&ids, SOON).await.unwrap();

    worker.terminate().unwrap();
    worker.says("draining", SOON).await.unwrap();
    worker.terminate().unwrap();
    assert!(worker.exit(Duration::from_secs(3)).await.unwrap().success());
    for job in witness.jobs(&ids).await.unwrap() {
        assert_eq!((job.state, job.attempt, job.claims), (JobState::Available, 0, 1), "{job:?}");
    }

    let _second = system.worker("second", &[]).unwrap();
    for job in witness.until_all(JobState::Completed, &ids, 2 * SOON).await.unwrap() {
        assert_eq!((job.attempt, job.claims, job.deaths, job.errors.len()), (1, 2, 0, 0), "{job:?}");
    }
}
