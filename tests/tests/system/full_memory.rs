//! Redis has no memory left for anything new.

use std::time::Duration;

use serde_json::json;
use windlass_shared::JobState;
use windlass_tests::{EngineKind, System};

const SOON: Duration = Duration::from_secs(10);
/// Less than an empty server needs.
const TOO_LITTLE: u64 = 64 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_without_free_memory_refuses_new_jobs_and_lets_accepted_ones_finish() {
    let mut system = System::start(EngineKind::Redis).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let _worker = system.worker("worker", &["--concurrency", "2"]).unwrap();
    // Longer than a lease, so that it has to be renewed; and one that is claimed while there is no memory.
    let accepted = api
        .enqueue_all("diagnostic.sleep", [12_000, 12_000, 10].map(|ms| json!({ "ms": ms })))
        .await
        .unwrap();
    witness.until_running(2, &accepted, SOON).await.unwrap();

    system.redis().unwrap().limit_memory(TOO_LITTLE).await.unwrap();
    let refused = api.post("/api/v1/jobs", &json!({ "kind": "diagnostic.noop" })).await.unwrap();
    assert_eq!(refused.status, 503, "{refused:?}");
    for job in witness.until_all(JobState::Completed, &accepted, 3 * SOON).await.unwrap() {
        assert_eq!((job.claims, job.deaths), (1, 0), "{job:?}");
    }

    system.redis().unwrap().limit_memory(0).await.unwrap();
    let new = api.enqueue("diagnostic.noop", json!({})).await.unwrap();
    witness.until_all(JobState::Completed, &[new], SOON).await.unwrap();
}
