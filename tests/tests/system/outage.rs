//! Redis goes away for longer than a lease, and comes back.

use std::iter::repeat_n;
use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use windlass_queue::Job;
use windlass_shared::JobState;
use windlass_tests::{Api, EngineKind, System};

const SOON: Duration = Duration::from_secs(10);
/// Longer than a lease, which is ten seconds.
const OUTAGE: Duration = Duration::from_secs(13);

async fn assert_unavailable(api: &Api) {
    let body = json!({ "kind": "diagnostic.noop" });
    for answer in [api.post("/api/v1/jobs", &body).await.unwrap(), api.get("/health/ready").await.unwrap()] {
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
    }
}

/// What changes when a job is started again.
fn start(
    job: &Job,
) -> (u32, u16, u8, Option<windlass_shared::Timestamp>, Option<windlass_shared::Incarnation>) {
    (job.claims, job.attempt, job.deaths, job.attempted_at, job.worker)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_living_workers_run_through_an_outage_of_redis_is_not_started_again() {
    let mut system = System::start(EngineKind::Redis).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let _workers = ["one", "two"].map(|name| system.worker(name, &["--concurrency", "2"]).unwrap());
    // Two end while Redis is away, two only afterwards, and one has to wait for a free slot.
    let lengths = [5_000, 5_000, 20_000, 20_000].map(|ms| json!({ "ms": ms }));
    let running = api.enqueue_all("diagnostic.sleep", lengths).await.unwrap();
    let before = witness.until_running(4, &running, SOON).await.unwrap();
    let waiting = api.enqueue("diagnostic.noop", json!({})).await.unwrap();

    system.redis().unwrap().kill().unwrap();
    assert_unavailable(&api).await;
    sleep(OUTAGE).await;
    assert_unavailable(&api).await;
    system.redis().unwrap().start_again().await.unwrap();

    api.until_ready().await.unwrap();
    let new = api.enqueue("diagnostic.noop", json!({})).await.unwrap();
    witness.until_all(JobState::Completed, &[waiting, new], SOON).await.unwrap();
    let after = witness.until_all(JobState::Completed, &running, 2 * SOON).await.unwrap();
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(start(before), start(after));
        assert_eq!((after.claims, after.errors.len()), (1, 0), "{after:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_for_longer_than_a_lease_strands_nothing_and_kills_nobody() {
    let mut system = System::start(EngineKind::Redis).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let _workers = ["one", "two"].map(|name| system.worker(name, &["--concurrency", "2"]).unwrap());
    let lengths = [3_000, 3_000, 12_000].map(|ms| json!({ "ms": ms }));
    let jobs = api.enqueue_all("diagnostic.sleep", lengths).await.unwrap();
    witness.until_running(3, &jobs, SOON).await.unwrap();

    system.redis().unwrap().freeze().unwrap();
    assert_unavailable(&api).await;
    sleep(OUTAGE).await;
    system.redis().unwrap().resume().unwrap();

    api.until_ready().await.unwrap();
    let new = api.enqueue("diagnostic.noop", json!({})).await.unwrap();
    witness.until_all(JobState::Completed, &[new], SOON).await.unwrap();
    let ended = witness.until_all(JobState::Completed, &jobs, 3 * SOON).await.unwrap();
    for job in ended {
        assert_eq!((job.attempt, job.deaths, job.errors.len()), (1, 0, 0), "{job:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rollback_of_redis_work_may_be_repeated_and_nothing_is_stuck() {
    let mut system = System::start(EngineKind::Redis).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let _workers = ["one", "two"].map(|name| system.worker(name, &["--concurrency", "4"]).unwrap());
    let args = repeat_n(json!({ "ms": 200 }), 60);
    let jobs = api.enqueue_all("diagnostic.sleep", args).await.unwrap();
    let completed = |jobs: &[Job]| jobs.iter().filter(|job| job.state == JobState::Completed).count();
    witness.until("some jobs completed", &jobs, SOON, |jobs| completed(jobs) >= 10).await.unwrap();
    let moment = system.redis().unwrap().moment().unwrap();
    let later =
        witness.until("more jobs completed", &jobs, SOON, |jobs| completed(jobs) >= 30).await.unwrap();

    system.redis().unwrap().kill().unwrap();
    system.redis().unwrap().roll_back(&moment).unwrap();
    system.redis().unwrap().start_again().await.unwrap();
    let earlier = witness.until("Redis to answer", &jobs, SOON, |_| true).await.unwrap();
    assert!(completed(&earlier) < completed(&later), "nothing was rolled back");

    for job in witness.until_all(JobState::Completed, &jobs, 3 * SOON).await.unwrap() {
        assert_eq!((job.attempt, job.deaths, job.errors.len()), (1, 0, 0), "{job:?}");
    }
}
