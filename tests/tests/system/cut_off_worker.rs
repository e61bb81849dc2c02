//! A worker that lives, and that the engine cannot hear.

use std::time::Duration;

use serde_json::json;
use windlass_shared::JobState;
use windlass_tests::{EngineKind, FaultProxy, System};

const SOON: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_cut_off_stops_its_handlers_before_another_one_starts_them() {
    let mut system = System::start(EngineKind::Redis).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let proxy = FaultProxy::start(system.redis().unwrap().port()).await.unwrap();
    let mut cut_off = system.worker_at(&proxy.redis_url(), "cut-off", &["--concurrency", "1"]).unwrap();
    let job = api.enqueue("diagnostic.sleep", json!({ "ms": 11_000 })).await.unwrap();
    let first = witness.until_running(1, &[job], SOON).await.unwrap().remove(0);
    let other = system.worker("other", &["--concurrency", "1"]).unwrap();

    proxy.vanish();
    cut_off.says("lease.lost", SOON).await.unwrap();
    let stopped = witness.job(job).await.unwrap();
    assert_eq!(
        (stopped.claims, stopped.worker),
        (1, first.worker),
        "it still belongs to the one who stopped"
    );
    let again =
        witness.until("a second start", &[job], SOON, |jobs| jobs[0].claims == 2).await.unwrap().remove(0);
    assert_ne!(again.worker, first.worker);

    // What the first worker has to say when it is heard again is out of date.
    proxy.flow();
    cut_off.says("lease.renewed", SOON).await.unwrap();
    let ended = witness.until_all(JobState::Completed, &[job], 2 * SOON).await.unwrap().remove(0);
    assert_eq!((ended.claims, ended.deaths, ended.attempt), (2, 1, 1));
    assert_eq!((ended.worker, ended.attempted_at), (again.worker, again.attempted_at));

    drop(other);
    let next = api.enqueue("diagnostic.noop", json!({})).await.unwrap();
    let next = witness.until_all(JobState::Completed, &[next], SOON).await.unwrap().remove(0);
    assert_eq!(next.worker, first.worker);
}
