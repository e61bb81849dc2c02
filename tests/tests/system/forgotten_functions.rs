//! Redis forgets the functions that Windlass has loaded, as after an operator's `FUNCTION FLUSH`.

use std::time::Duration;

use serde_json::json;
use windlass_shared::JobState;
use windlass_tests::{EngineKind, System};

const SOON: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn functions_that_redis_has_forgotten_are_loaded_again_by_whoever_needs_them() {
    let mut system = System::start(EngineKind::Redis).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let _worker = system.worker("worker", &["--concurrency", "2"]).unwrap();
    let running = api.enqueue("diagnostic.sleep", json!({ "ms": 1_000 })).await.unwrap();
    witness.until_running(1, &[running], SOON).await.unwrap();

    system.redis().unwrap().forget_functions().await.unwrap();
    let new = api.enqueue("diagnostic.noop", json!({})).await.unwrap();
    for job in witness.until_all(JobState::Completed, &[running, new], SOON).await.unwrap() {
        assert_eq!((job.claims, job.deaths), (1, 0), "{job:?}");
    }
}
