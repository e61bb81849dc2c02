//! Handlers that leave no time to anything else in their process.

use std::iter::repeat_n;
use std::time::Duration;

use serde_json::json;
use windlass_shared::JobState;
use windlass_tests::{EngineKind, System};

const SOON: Duration = Duration::from_secs(10);

on_each_engine!(a_worker_with_busy_handlers_is_not_taken_for_dead);

async fn a_worker_with_busy_handlers_is_not_taken_for_dead(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let _busy = system.worker("busy", &["--concurrency", "4"]).unwrap();
    // Longer than a lease and the time that it takes to find a dead worker.
    let args = repeat_n(json!({ "ms": 15_000, "cpu": true }), 4);
    let ids = api.enqueue_all("diagnostic.sleep", args).await.unwrap();
    witness.until_running(4, &ids, SOON).await.unwrap();

    let _watching = system.worker("watching", &["--concurrency", "4"]).unwrap();
    for job in witness.until_all(JobState::Completed, &ids, 4 * SOON).await.unwrap() {
        assert_eq!((job.claims, job.attempt, job.deaths), (1, 1, 0), "{job:?}");
    }
}
