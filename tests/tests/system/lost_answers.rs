//! Redis does what it was asked, and the answer gets lost on the way.

use std::iter::repeat_n;
use std::time::Duration;

use serde_json::json;
use windlass_shared::JobState;
use windlass_tests::{EngineKind, FaultProxy, Loss, System};

const SOON: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_whose_answer_is_lost_strands_nothing() {
    let mut system = System::start(EngineKind::Redis).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let proxy = FaultProxy::start(system.redis().unwrap().port()).await.unwrap();
    let _worker = system.worker_at(&proxy.redis_url(), "worker", &["--concurrency", "10"]).unwrap();
    let warm = api.enqueue("diagnostic.noop", json!({})).await.unwrap();
    witness.until_all(JobState::Completed, &[warm], SOON).await.unwrap();

    let losses = [
        Loss::CutAfter(0),
        Loss::CutAfter(100),
        Loss::HalfClose,
        Loss::Silence,
        Loss::Delay(Duration::from_secs(3)),
    ];
    for (ms, loss) in (31..).zip(losses) {
        // Nothing but a claim brings the arguments of a job to a worker.
        proxy.lose_answer(&format!(r#""ms":{ms}"#), loss);
        let args = repeat_n(json!({ "ms": ms }), 10);
        let ids = api.enqueue_all("diagnostic.sleep", args).await.unwrap();
        proxy.lost(SOON).await.unwrap();
        let jobs = witness.until_all(JobState::Completed, &ids, SOON).await.unwrap();
        assert!(jobs.iter().any(|job| job.claims == 2), "{loss:?}: no claim was lost");
        for job in jobs {
            assert!(job.claims <= 2, "{loss:?}: {job:?}");
            assert_eq!((job.attempt, job.deaths, job.errors.len()), (1, 0, 0), "{loss:?}: {job:?}");
        }
    }
}
