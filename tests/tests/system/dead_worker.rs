//! Workers that die, or seem to.

use std::iter::repeat_n;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::timeout;
use windlass_queue::Job;
use windlass_shared::{Incarnation, JobState};
use windlass_tests::{EngineKind, Process, System, Witness};

const SOON: Duration = Duration::from_secs(10);
/// How long it may take until the jobs of a dead worker start again.
const RESCUE: Duration = Duration::from_secs(15);

fn count(jobs: &[Job], state: JobState, worker: Incarnation) -> usize {
    jobs.iter().filter(|job| job.state == state && job.worker == Some(worker)).count()
}

on_each_engine!(jobs_of_a_killed_worker_finish_on_another_and_none_twice);

async fn jobs_of_a_killed_worker_finish_on_another_and_none_twice(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let mut doomed = system.worker("doomed", &["--concurrency", "10"]).unwrap();
    let ids = api.enqueue_all("diagnostic.sleep", repeat_n(json!({ "ms": 400 }), 100)).await.unwrap();
    let running = witness.until_running(10, &ids, SOON).await.unwrap();
    let victim = running.iter().find_map(|job| job.worker).unwrap();

    let _survivor = system.worker("survivor", &["--concurrency", "10"]).unwrap();
    let others = |job: &Job| job.state == JobState::Running && job.worker != Some(victim);
    let in_the_middle = |jobs: &[Job]| {
        count(jobs, JobState::Completed, victim) >= 10
            && count(jobs, JobState::Running, victim) >= 5
            && jobs.iter().any(others)
    };
    witness.until("both workers at work", &ids, SOON, in_the_middle).await.unwrap();
    doomed.kill().unwrap();
    let killed = Instant::now();
    let left = witness.jobs(&ids).await.unwrap();
    assert!(left.iter().any(|job| job.state != JobState::Completed));

    witness
        .until("the first re-run", &ids, RESCUE, |jobs| jobs.iter().any(|job| job.claims == 2))
        .await
        .unwrap();
    assert!(killed.elapsed() < RESCUE, "the first re-run came after {:?}", killed.elapsed());

    let ended = witness.until_all(JobState::Completed, &ids, 3 * SOON).await.unwrap();
    for (before, after) in left.iter().zip(&ended) {
        assert_eq!((after.attempt, after.errors.len()), (1, 0), "a lost attempt is given back: {after:?}");
        assert_eq!(
            after.claims,
            1 + u32::from(after.deaths),
            "only a death is a reason to claim again: {after:?}"
        );
        match before.state {
            JobState::Completed => assert_eq!(before, after, "what was finished is not touched again"),
            _ => assert!(after.deaths <= 1, "{after:?}"),
        }
        if after.deaths == 1 {
            assert_ne!(after.worker, Some(victim), "{after:?}");
        }
    }
    let revived = ended.iter().filter(|job| job.deaths == 1).count();
    assert!((1..=10).contains(&revived), "{revived} jobs were lost with a worker of ten slots");
}

/// Freezes a worker while the engine can be written to. One that is caught in the middle of writing to the embedded
/// engine's file keeps everybody from writing for as long as it is frozen, so that nothing happens at all.
async fn freeze(worker: &Process, witness: &Witness) {
    for attempt in 0..10 {
        worker.freeze().unwrap();
        let unheard_of = format!("queue-{attempt}").parse().unwrap();
        let written = timeout(Duration::from_millis(500), witness.engine().queue_number(&unheard_of)).await;
        if matches!(written, Ok(Ok(_))) {
            return;
        }
        worker.resume().unwrap();
    }
    panic!("the worker was in the middle of writing ten times out of ten");
}

on_each_engine!(a_worker_that_was_frozen_past_its_lease_finishes_nothing_that_others_took_over);

/// The worst that a slow process can do: it is taken for dead, and then goes on as if nothing had happened.
async fn a_worker_that_was_frozen_past_its_lease_finishes_nothing_that_others_took_over(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let frozen = system.worker("frozen", &["--concurrency", "1"]).unwrap();
    let job = api.enqueue("diagnostic.sleep", json!({ "ms": 5_000 })).await.unwrap();
    let first = witness.until_running(1, &[job], SOON).await.unwrap().remove(0);
    freeze(&frozen, &witness).await;

    let other = system.worker("other", &["--concurrency", "1"]).unwrap();
    let again =
        witness.until("a second start", &[job], 2 * RESCUE, |jobs| jobs[0].claims == 2).await.unwrap();
    assert_ne!(again[0].worker, first.worker);
    frozen.resume().unwrap();

    let ended = witness.until_all(JobState::Completed, &[job], SOON).await.unwrap().remove(0);
    assert_eq!((ended.claims, ended.deaths, ended.attempt), (2, 1, 1));
    assert_eq!((ended.worker, ended.attempted_at), (again[0].worker, again[0].attempted_at));

    // It has found out, and is as good as any other worker.
    other.terminate().unwrap();
    drop(other);
    let next = api.enqueue("diagnostic.noop", json!({})).await.unwrap();
    let next = witness.until_all(JobState::Completed, &[next], SOON).await.unwrap().remove(0);
    assert_eq!(next.worker, first.worker);
}

on_each_engine!(a_process_that_is_killed_and_started_again_goes_on_with_its_own_jobs);

/// Nobody else is there to notice the death: the new process has to find what the old one held.
async fn a_process_that_is_killed_and_started_again_goes_on_with_its_own_jobs(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let (mut dev, witness) = (system.dev().await.unwrap(), system.witness().unwrap());
    let running = dev.enqueue_all("diagnostic.sleep", repeat_n(json!({ "ms": 2_000 }), 5)).await.unwrap();
    witness.until_running(5, &running, SOON).await.unwrap();
    dev.process.kill().unwrap();

    let dev = system.dev().await.unwrap();
    let fresh = dev.enqueue("diagnostic.noop", json!({})).await.unwrap();
    witness.until_all(JobState::Completed, &[fresh], SOON).await.unwrap();
    witness
        .until("the re-runs", &running, RESCUE, |jobs| jobs.iter().all(|job| job.claims == 2))
        .await
        .unwrap();
    for job in witness.until_all(JobState::Completed, &running, SOON).await.unwrap() {
        assert_eq!((job.claims, job.deaths, job.attempt, job.errors.len()), (2, 1, 1, 0), "{job:?}");
    }
}
