//! Batches go when they have ended, or when they never will; those whose members live stay, however old they are.

use windlass_queue::{BatchAnswer, NewBatch, NewJob, Retention};
use windlass_shared::{BatchId, JobId};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::complete;

/// Failed jobs are kept for a short time, and that is none of a batch's business.
const SHORT: Retention = Retention {
    completed_for: HOUR.saturating_mul(2),
    completed_most: usize::MAX,
    failed_for: HOUR.saturating_mul(9),
    failed_most: usize::MAX,
    results_for: HOUR.saturating_mul(2),
};
/// Failed jobs are kept for long.
const LONG: Retention = Retention { failed_for: HOUR.saturating_mul(100 * 24), ..SHORT };
const DAY: std::time::Duration = HOUR.saturating_mul(24);

pub async fn a_batch_that_has_ended_goes_like_a_completed_job(bench: Bench) {
    let (batch, callback) = open(&bench).await;
    bench.seal_batch(batch).await;
    bench.delete(callback).await;
    for (hours, went) in [(1, 0), (2, 1)] {
        bench.advance(hours * HOUR);
        assert_eq!(prune(&bench, &SHORT).await, went);
        assert_eq!(exists(&bench, batch).await, went == 0);
    }
}

pub async fn a_batch_that_was_never_sealed_goes_after_a_month_or_with_failed_jobs(bench: Bench) {
    for (retention, days) in [(SHORT, 30), (LONG, 100)] {
        let bench = bench.another_queue().await;
        let (batch, _) = open(&bench).await;
        let member = NewJob { batch: Some(batch), ..bench.new_job() };
        bench.add_to_batch(batch, &[member.id]).await;
        bench.add(member.clone()).await;
        bench.advance((days - 1) * DAY);
        assert_eq!(prune(&bench, &retention).await, 0);
        assert!(exists(&bench, batch).await, "{days} days");
        bench.advance(2 * DAY);
        assert_eq!(prune(&bench, &retention).await, 1);
        assert!(!exists(&bench, batch).await && bench.exists(member.id).await, "{days} days");
    }
}

pub async fn a_sealed_batch_whose_members_live_is_never_pruned(bench: Bench) {
    let other = bench.another_queue().await;
    let (batch, callback) = open(&bench).await;
    let early = NewJob { batch: Some(batch), ..bench.new_job() };
    let late = NewJob { batch: Some(batch), ..other.new_job() };
    let never = bench.unused_id();
    bench.add_to_batch(batch, &[early.id, late.id, never]).await;
    bench.add(early).await;
    bench.remove_from_batch(batch, &[never]).await;
    other.add(late).await;
    bench.seal_batch(batch).await;
    for _ in 0..5 {
        bench.advance(50 * DAY);
        prune(&bench, &SHORT).await;
        assert!(exists(&bench, batch).await);
    }
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, complete()).await;
    for _ in 0..5 {
        bench.advance(50 * DAY);
        prune(&bench, &SHORT).await;
        assert!(exists(&bench, batch).await, "one of another queue is left");
    }
    let claim = other.claim_one(other.worker()).await.claim;
    other.settle(claim, complete()).await;
    other.relay_all().await;
    bench.relay_all().await;
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, callback);
}

pub async fn a_sealed_batch_that_waits_for_nobody_who_exists_goes_after_a_month(bench: Bench) {
    let (batch, callback) = open(&bench).await;
    let other = bench.another_queue().await;
    let ended = NewJob { batch: Some(batch), ..bench.new_job() };
    let lost: Vec<_> = (0..3_000).flat_map(|_| [bench.unused_id(), other.unused_id()]).collect();
    bench.add_to_batch(batch, &[&lost[..], &[ended.id]].concat()).await;
    bench.add(ended).await;
    bench.seal_batch(batch).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, complete()).await;
    bench.advance(29 * DAY);
    prune(&bench, &SHORT).await;
    assert!(exists(&bench, batch).await);
    bench.advance(2 * DAY);
    // A large batch may take several calls.
    while prune(&bench, &SHORT).await > 0 {}
    assert!(!exists(&bench, batch).await && !bench.exists(callback).await);
    assert_eq!(bench.add_to_batch(batch, &lost[..1]).await, BatchAnswer::NotFound);
}

pub async fn batches_that_live_keep_no_others_from_being_pruned(bench: Bench) {
    let mut living = Vec::new();
    for _ in 0..20 {
        let (batch, _) = open(&bench).await;
        let member = NewJob { batch: Some(batch), ..bench.new_job() };
        bench.add_to_batch(batch, &[member.id]).await;
        bench.add(member).await;
        bench.seal_batch(batch).await;
        living.push(batch);
    }
    bench.advance(HOUR);
    let (unsealed, _) = open(&bench).await;
    let (lost, _) = open(&bench).await;
    bench.add_to_batch(lost, &[bench.unused_id()]).await;
    bench.seal_batch(lost).await;
    bench.advance(31 * DAY);
    for _ in 0..20 {
        prune(&bench, &SHORT).await;
    }
    assert!(!exists(&bench, unsealed).await && !exists(&bench, lost).await);
    for batch in living {
        assert!(exists(&bench, batch).await);
    }
}

async fn open(bench: &Bench) -> (BatchId, JobId) {
    let callback = bench.new_job();
    let batch = NewBatch { callback: Some(callback.clone()), ..bench.new_batch() };
    bench.open_batch(&batch).await;
    (batch.id, callback.id)
}

async fn prune(bench: &Bench, retention: &Retention) -> usize {
    bench.engine.prune(&bench.queue, retention, 100).await.unwrap()
}

async fn exists(bench: &Bench, batch: BatchId) -> bool {
    bench.engine.batch(batch).await.unwrap().is_some()
}
