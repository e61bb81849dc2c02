//! The same id is the same job, however often it is enqueued.

use std::time::Duration;

use tokio::task::JoinSet;
use windlass_queue::{Acceptance, Enqueued, NewJob, OnConflict, Retention, Until, When};
use windlass_shared::{JobId, JobState, TenantId};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard};

pub async fn a_job_that_is_sent_again_is_answered_with_its_state(bench: Bench) {
    let job = bench.new_job();
    bench.add(job.clone()).await;
    assert_duplicate(&bench, &job, JobState::Available).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    assert_duplicate(&bench, &job, JobState::Running).await;
    bench.settle(claim, complete()).await;
    assert_duplicate(&bench, &job, JobState::Completed).await;
    assert!(bench.claim(bench.worker(), 10).await.is_empty(), "it is still one job");
}

pub async fn a_delayed_job_that_is_sent_again_keeps_its_time(bench: Bench) {
    let job = NewJob { when: When::After(HOUR), ..bench.new_job() };
    bench.add(job.clone()).await;
    let before = bench.get(job.id).await;
    let hasty = NewJob { when: When::Now, ..job };
    assert_duplicate(&bench, &hasty, JobState::Scheduled).await;
    assert_eq!(bench.get(hasty.id).await, before);
}

pub async fn a_duplicate_changes_nothing_of_the_job(bench: Bench) {
    let job = NewJob { args: r#"{"first":true}"#.into(), ..bench.new_job() };
    bench.add(job.clone()).await;
    let before = bench.get(job.id).await;
    let other = NewJob {
        args: "[]".into(),
        kind: "conformance.other".parse().unwrap(),
        tenant: "other".parse().unwrap(),
        tombstone: Some(HOUR),
        ..job
    };
    assert_duplicate(&bench, &other, JobState::Available).await;
    assert_eq!(bench.get(other.id).await, before);
    assert_eq!(bench.claim_one(bench.worker()).await.args, before.args);
}

pub async fn a_duplicate_within_one_batch_is_told(bench: Bench) {
    let (job, other) = (bench.new_job(), bench.new_job());
    let answers = bench.enqueue(&[job.clone(), other.clone(), job.clone()]).await;
    let told: Vec<_> = answers.iter().map(|answer| (answer.id, answer.is_duplicate())).collect();
    assert_eq!(told, [(job.id, false), (other.id, false), (job.id, true)]);
    assert_eq!(bench.claim(bench.worker(), 10).await.len(), 2);
}

pub async fn of_concurrent_duplicates_one_is_accepted(bench: Bench) {
    let second = bench.second().await;
    let jobs = keyed(&bench, 20, Some(HOUR));
    let mut tasks = JoinSet::new();
    for number in 0..8 {
        let (bench, jobs) = (if number % 2 == 0 { bench.clone() } else { second.clone() }, jobs.clone());
        tasks.spawn(async move { bench.enqueue(&jobs).await });
    }
    let answers: Vec<Enqueued> = tasks.join_all().await.into_iter().flatten().collect();
    for job in &jobs {
        let accepted = answers.iter().filter(|answer| answer.id == job.id && !answer.is_duplicate()).count();
        assert_eq!(accepted, 1);
    }
    assert_eq!(bench.claim(bench.worker(), 100).await.len(), jobs.len());
}

pub async fn a_key_is_remembered_after_its_job_is_gone(bench: Bench) {
    let job = keyed(&bench, 1, Some(HOUR)).remove(0);
    bench.add(job.clone()).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, complete()).await;
    bench.advance(Duration::from_mins(1));
    prune_all(&bench).await;
    assert!(!bench.exists(job.id).await);
    assert_duplicate(&bench, &job, JobState::Completed).await;
    bench.advance(HOUR / 2);
    assert_duplicate(&bench, &job, JobState::Completed).await;
    assert!(!bench.exists(job.id).await, "a duplicate does not bring the job back");
    assert!(bench.claim(bench.worker(), 1).await.is_empty());
}

pub async fn a_key_is_forgotten_after_its_window(bench: Bench) {
    let job = keyed(&bench, 1, Some(Duration::from_secs(1))).remove(0);
    bench.add(job.clone()).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, discard()).await;
    bench.advance(HOUR);
    prune_all(&bench).await;
    // An engine may measure the window with its store's own timers, which no test moves.
    while bench.enqueue(std::slice::from_ref(&job)).await[0].is_duplicate() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, job.id);
}

pub async fn a_key_is_remembered_although_another_job_stood_for_its_own(bench: Bench) {
    for (wish, acceptance) in
        [(OnConflict::Reject, Acceptance::Conflict), (OnConflict::KeepLatest, Acceptance::Replaced)]
    {
        let bench = bench.another_queue().await;
        let holder = bench.add(bench.unique(Until::Finish, OnConflict::Reject)).await;
        let job = keyed(&bench, 1, Some(5 * HOUR)).remove(0);
        let job = NewJob { unique: bench.unique(Until::Finish, wish).unique, ..job };
        let answer = bench.enqueue(std::slice::from_ref(&job)).await[0];
        assert_eq!((answer.id, answer.acceptance), (holder, acceptance));
        assert_duplicate(&bench, &job, JobState::Completed).await;
        let claim = bench.claim(bench.worker(), 1).await[0].claim;
        bench.settle(claim, complete()).await;
        bench.advance(4 * HOUR);
        prune_all(&bench).await;
        // The key is free, and its content does not come in a second time.
        assert_duplicate(&bench, &job, JobState::Completed).await;
        assert!(bench.claim(bench.worker(), 10).await.is_empty(), "{wish:?}");
        bench.advance(2 * HOUR);
        assert_eq!(bench.add(job.clone()).await, job.id, "its window is over");
    }
}

pub async fn a_job_that_outlives_its_window_is_still_the_same_job(bench: Bench) {
    let job = keyed(&bench, 1, Some(HOUR)).remove(0);
    bench.add(job.clone()).await;
    bench.advance(9 * HOUR);
    prune_all(&bench).await;
    assert_duplicate(&bench, &job, JobState::Available).await;
    assert_eq!(bench.claim(bench.worker(), 10).await.len(), 1);
}

pub async fn a_job_without_a_key_is_forgotten_with_its_record(bench: Bench) {
    let job = bench.new_job();
    bench.add(job.clone()).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, complete()).await;
    bench.advance(HOUR);
    prune_all(&bench).await;
    assert!(!bench.exists(job.id).await);
}

async fn assert_duplicate(bench: &Bench, job: &NewJob, state: JobState) {
    let second = bench.second().await;
    for handle in [bench, &second] {
        let answer = handle.enqueue(std::slice::from_ref(job)).await[0];
        assert_eq!(answer, Enqueued { id: job.id, state, acceptance: Acceptance::Duplicate });
    }
}

/// Jobs whose ids were derived from a caller's keys.
fn keyed(bench: &Bench, count: usize, tombstone: Option<Duration>) -> Vec<NewJob> {
    let derived = || JobId::derived(&TenantId::default(), &bench.name(), bench.number);
    (0..count).map(|_| NewJob { id: derived(), tombstone, ..bench.new_job() }).collect()
}

async fn prune_all(bench: &Bench) {
    let retention = Retention {
        completed_for: Duration::ZERO,
        completed_most: 0,
        failed_for: Duration::ZERO,
        failed_most: 0,
        results_for: Duration::ZERO,
    };
    while bench.engine.prune(&bench.queue, &retention, 1_000).await.unwrap() > 0 {}
}
