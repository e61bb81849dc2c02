//! Workers with nothing to do hear of work in time, from other processes too.

use std::time::Duration;

use serde_json::json;
use windlass_queue::Job;
use windlass_shared::JobState;
use windlass_tests::{EngineKind, System};

const SOON: Duration = Duration::from_secs(10);

/// An idle worker looks by itself every few seconds; whoever starts within this time was woken.
const AT_ONCE: Duration = Duration::from_secs(1);

/// How long a job waited after it could have started.
fn lateness(job: &Job) -> Duration {
    job.attempted_at.unwrap().since(job.run_at)
}

on_each_engine!(an_idle_worker_starts_a_new_job_at_once_and_a_delayed_one_when_it_is_due);

async fn an_idle_worker_starts_a_new_job_at_once_and_a_delayed_one_when_it_is_due(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let _worker = system.worker("worker", &[]).unwrap();
    let warm = api.enqueue("diagnostic.noop", json!({})).await.unwrap();
    witness.until_all(JobState::Completed, &[warm], SOON).await.unwrap();

    for delay_ms in [0, 700, 0, 400] {
        let posted = json!({ "kind": "diagnostic.noop", "delay_ms": delay_ms });
        let answer = api.post("/api/v1/jobs", &posted).await.unwrap();
        let id = answer.body["id"].as_str().unwrap().parse().unwrap();
        let job = witness.until_all(JobState::Completed, &[id], SOON).await.unwrap().remove(0);
        assert!(job.run_at.since(job.created_at) >= Duration::from_millis(delay_ms), "{job:?}");
        assert!(lateness(&job) < AT_ONCE, "{delay_ms} ms of delay: {:?} late", lateness(&job));
    }
}
