//! Finished jobs go by age and by number, in small steps; nothing else ever goes.

use windlass_queue::{NewJob, Retention, Verdict, When};
use windlass_shared::JobId;

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard};

/// Everything is kept: tests narrow what they are about.
const KEEP: Retention = Retention {
    completed_for: HOUR.saturating_mul(100_000),
    completed_most: usize::MAX,
    failed_for: HOUR.saturating_mul(100_000),
    failed_most: usize::MAX,
    results_for: HOUR.saturating_mul(100_000),
};

pub async fn completed_jobs_go_by_age(bench: Bench) {
    let old = finish(&bench, 2, &complete()).await;
    bench.advance(3 * HOUR);
    let young = finish(&bench, 2, &complete()).await;
    let retention = Retention { completed_for: 2 * HOUR, ..KEEP };
    assert_eq!(prune(&bench, &retention, 100).await, 2);
    assert_eq!((remaining(&bench, &old).await, remaining(&bench, &young).await), (vec![], young));
    assert_eq!(bench.depth().await.completed, 2);
}

pub async fn cancelled_and_discarded_jobs_go_by_an_age_of_their_own(bench: Bench) {
    let completed = finish(&bench, 1, &complete()).await;
    let cancelled = finish(&bench, 1, &Verdict::Cancel).await;
    let discarded = finish(&bench, 1, &discard()).await;
    bench.advance(3 * HOUR);
    let retention = Retention { failed_for: 2 * HOUR, ..KEEP };
    assert_eq!(prune(&bench, &retention, 100).await, 2);
    assert_eq!(remaining(&bench, &[cancelled[0], discarded[0], completed[0]]).await, completed);
}

pub async fn a_bound_on_number_lets_the_oldest_go(bench: Bench) {
    let mut completed = Vec::new();
    for _ in 0..10 {
        completed.extend(finish(&bench, 1, &complete()).await);
        // So that the order in which they finished can be told.
        bench.advance(std::time::Duration::from_mins(1));
    }
    assert_eq!(prune(&bench, &Retention { completed_most: 3, ..KEEP }, 100).await, 7);
    assert_eq!(remaining(&bench, &completed).await, completed[7..]);
}

pub async fn cancelled_and_discarded_jobs_are_counted_apart(bench: Bench) {
    finish(&bench, 4, &Verdict::Cancel).await;
    finish(&bench, 5, &discard()).await;
    assert_eq!(prune(&bench, &Retention { failed_most: 3, ..KEEP }, 100).await, 3);
    let depth = bench.depth().await;
    assert_eq!((depth.cancelled, depth.discarded), (3, 3));
}

pub async fn pruning_goes_in_bounded_steps_oldest_first(bench: Bench) {
    let mut jobs = Vec::new();
    for _ in 0..5 {
        jobs.extend(finish(&bench, 1, &complete()).await);
        bench.advance(std::time::Duration::from_mins(1));
    }
    bench.advance(HOUR);
    let retention = Retention { completed_for: HOUR / 2, ..KEEP };
    assert_eq!(prune(&bench, &retention, 2).await, 2);
    assert_eq!(remaining(&bench, &jobs).await, jobs[2..]);
    assert_eq!(prune(&bench, &retention, 2).await, 2);
    assert_eq!(prune(&bench, &retention, 2).await, 1);
    assert_eq!(prune(&bench, &retention, 2).await, 0);
}

pub async fn what_is_within_its_retention_stays(bench: Bench) {
    let jobs = [finish(&bench, 3, &complete()).await, finish(&bench, 3, &discard()).await].concat();
    assert_eq!(prune(&bench, &Retention::default(), 100).await, 0);
    assert_eq!(remaining(&bench, &jobs).await, jobs);
}

pub async fn results_are_shown_as_long_as_whoever_prunes_keeps_them(bench: Bench) {
    let done = Verdict::Complete { result: Some("1".into()), children: Vec::new() };
    let job = finish(&bench, 1, &done).await[0];
    bench.advance(50 * HOUR);
    assert_eq!(prune(&bench, &KEEP, 100).await, 0);
    assert_eq!(bench.get(job).await.result, Some("1".into()));
    prune(&bench, &Retention { results_for: 40 * HOUR, ..KEEP }, 100).await;
    assert_eq!(bench.get(job).await.result, None);
}

pub async fn jobs_that_are_not_finished_are_never_pruned(bench: Bench) {
    let mut jobs = bench.add_plain(2).await;
    bench.claim(bench.worker(), 1).await;
    jobs.push(bench.add(NewJob { when: When::After(9 * HOUR), ..bench.new_job() }).await);
    bench.advance(3 * HOUR);
    assert_eq!(prune(&bench, &nothing(), 100).await, 0);
    assert_eq!(remaining(&bench, &jobs).await, jobs);
}

pub async fn a_job_that_was_cancelled_while_available_goes_too(bench: Bench) {
    let jobs = bench.add_plain(2).await;
    bench.cancel(jobs[0]).await;
    bench.advance(HOUR);
    assert_eq!(prune(&bench, &nothing(), 100).await, 1);
    assert!(!bench.exists(jobs[0]).await);
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, jobs[1]);
}

pub async fn a_pruned_job_leaves_nothing_that_a_call_could_stumble_over(bench: Bench) {
    bench.add_plain(1).await;
    let worker = bench.worker();
    let claim = bench.claim_one(worker).await.claim;
    bench.settle(claim, complete()).await;
    bench.advance(HOUR);
    assert_eq!(prune(&bench, &nothing(), 100).await, 1);
    assert_eq!(bench.settle(claim, complete()).await, windlass_queue::Settled::Stale);
    assert_eq!(bench.cancel(claim.job).await, windlass_queue::CancelAnswer::NotFound);
    assert!(bench.held(worker).await.is_empty());
    assert_eq!(bench.depth().await, windlass_queue::Depth::default());
}

fn nothing() -> Retention {
    let now = std::time::Duration::ZERO;
    Retention { completed_for: now, completed_most: 0, failed_for: now, failed_most: 0, results_for: now }
}

async fn finish(bench: &Bench, count: usize, verdict: &Verdict) -> Vec<JobId> {
    let (jobs, worker) = (bench.add_plain(count).await, bench.worker());
    let held: Vec<_> = bench.claim(worker, count).await.iter().map(|job| job.claim).collect();
    bench.settle_all(&held, verdict).await;
    for job in &jobs {
        assert!(bench.get(*job).await.state.is_final());
    }
    jobs
}

async fn prune(bench: &Bench, retention: &Retention, most: usize) -> usize {
    bench.engine.prune(&bench.queue, retention, most).await.unwrap()
}

async fn remaining(bench: &Bench, jobs: &[JobId]) -> Vec<JobId> {
    let found = bench.engine.get(jobs).await.unwrap();
    found.into_iter().flatten().map(|job| job.id).collect()
}
