//! A batch counts the ends of its members, each once, and enqueues its callback when all have ended.

use windlass_queue::{Batch, BatchAnswer, Expiry, NewBatch, NewJob, QueuePolicy, Verdict};
use windlass_shared::{BatchId, JobId, JobState};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, complete_with, discard, retry};
use crate::verbs::{claims, ids};

pub async fn a_batch_is_what_it_was_opened_as(bench: Bench) {
    let callback = bench.new_job();
    let batch = NewBatch {
        tenant: "acme".parse().unwrap(),
        description: "the newsletter".to_owned(),
        callback: Some(callback.clone()),
        ..bench.new_batch()
    };
    assert_eq!(bench.engine.batch(batch.id).await.unwrap(), None);
    bench.open_batch(&batch).await;
    bench.open_batch(&NewBatch { description: "another".to_owned(), ..batch.clone() }).await;
    let opened = bench.batch(batch.id).await;
    let expected = Batch {
        id: batch.id,
        queue: bench.queue.clone(),
        tenant: batch.tenant,
        description: batch.description,
        created_at: opened.created_at,
        sealed: false,
        finished_at: None,
        total: 0,
        pending: 0,
        completed: 0,
        cancelled: 0,
        discarded: 0,
        callback: Some(callback.id),
    };
    assert_eq!(opened, expected);
    assert!(!bench.exists(callback.id).await);
}

pub async fn the_last_end_of_a_sealed_batch_enqueues_its_callback(bench: Bench) {
    let (batch, callback) = open(&bench).await;
    let jobs = add(&bench, batch, 3).await;
    assert_eq!(bench.seal_batch(batch).await, BatchAnswer::Applied);
    let held = claims(&bench.claim(bench.worker(), 5).await);
    for (ended, claim) in held.iter().enumerate() {
        assert!(!bench.exists(callback).await, "{ended} of 3 have ended");
        assert_eq!(counts(&bench, batch).await, [3, 3 - ended, ended, 0, 0]);
        bench.settle(*claim, complete()).await;
    }
    let finished = bench.batch(batch).await;
    assert!(finished.finished_at.is_some() && finished.sealed);
    assert_eq!(counts(&bench, batch).await, [jobs.len(), 0, 3, 0, 0]);
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, callback);
}

pub async fn every_end_of_a_member_is_counted_as_what_it_is(bench: Bench) {
    let (batch, callback) = open(&bench).await;
    let jobs = add(&bench, batch, 7).await;
    let late = NewJob { batch: Some(batch), expires: Some(Expiry::After(HOUR)), ..bench.in_an_hour() };
    bench.add_to_batch(batch, &[late.id]).await;
    bench.add(late).await;
    bench.seal_batch(batch).await;
    let held = claims(&bench.claim(bench.worker(), 4).await);
    let verdicts = [complete(), discard(), Verdict::Cancel, retry(9 * HOUR)];
    for (claim, verdict) in held.iter().zip(verdicts) {
        bench.settle(*claim, verdict).await;
    }
    assert_eq!(counts(&bench, batch).await, [8, 5, 1, 1, 1], "a retry is no end");
    bench.cancel(jobs[4]).await;
    bench.delete(jobs[5]).await;
    assert_eq!(counts(&bench, batch).await, [8, 3, 1, 3, 1]);
    bench.advance(HOUR);
    bench.promote(10).await;
    assert_eq!(counts(&bench, batch).await, [8, 2, 1, 3, 2], "what has expired is discarded");
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.cancel(claim.job).await;
    bench.lose(claim).await;
    assert!(!bench.exists(callback).await);
    bench.delete(jobs[3]).await;
    assert_eq!(counts(&bench, batch).await, [8, 0, 1, 5, 2]);
    assert!(bench.exists(callback).await);
}

pub async fn members_may_end_before_the_batch_is_sealed(bench: Bench) {
    let (batch, callback) = open(&bench).await;
    add(&bench, batch, 2).await;
    let held = claims(&bench.claim(bench.worker(), 5).await);
    bench.settle_all(&held, &complete()).await;
    assert_eq!(counts(&bench, batch).await, [2, 0, 2, 0, 0]);
    assert!(!bench.exists(callback).await, "more may be added");
    assert_eq!(bench.batch(batch).await.finished_at, None);
    let more = add(&bench, batch, 1).await;
    bench.seal_batch(batch).await;
    assert!(!bench.exists(callback).await);
    bench.cancel(more[0]).await;
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, callback);
}

pub async fn an_empty_batch_ends_when_it_is_sealed(bench: Bench) {
    let (batch, callback) = open(&bench).await;
    assert_eq!(bench.seal_batch(batch).await, BatchAnswer::Applied);
    assert!(bench.batch(batch).await.finished_at.is_some());
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, callback);
}

pub async fn calls_on_a_batch_can_be_repeated(bench: Bench) {
    let (batch, callback) = open(&bench).await;
    let job = NewJob { batch: Some(batch), ..bench.new_job() };
    for _ in 0..3 {
        assert_eq!(bench.add_to_batch(batch, &[job.id, job.id]).await, BatchAnswer::Applied);
    }
    bench.enqueue(&[job.clone(), job.clone()]).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    for _ in 0..2 {
        assert_eq!(bench.seal_batch(batch).await, BatchAnswer::Applied);
    }
    for _ in 0..2 {
        bench.settle(claim, complete()).await;
        assert_eq!(bench.seal_batch(batch).await, BatchAnswer::Applied);
        assert_eq!(counts(&bench, batch).await, [1, 0, 1, 0, 0]);
    }
    let of_callback = bench.claim_one(bench.worker()).await.claim;
    assert_eq!(of_callback.job, callback);
    bench.settle(of_callback, complete()).await;
    bench.seal_batch(batch).await;
    assert!(bench.claim(bench.worker(), 5).await.is_empty(), "the callback comes once");
}

pub async fn a_sealed_batch_takes_no_change_of_its_members(bench: Bench) {
    let (batch, _) = open(&bench).await;
    let jobs = add(&bench, batch, 1).await;
    bench.seal_batch(batch).await;
    assert_eq!(bench.add_to_batch(batch, &[bench.unused_id()]).await, BatchAnswer::Sealed);
    assert_eq!(bench.remove_from_batch(batch, &jobs).await, BatchAnswer::Sealed);
    assert_eq!(counts(&bench, batch).await, [1, 1, 0, 0, 0]);
}

pub async fn members_that_were_not_accepted_are_struck_out(bench: Bench) {
    let (batch, callback) = open(&bench).await;
    let jobs = add(&bench, batch, 1).await;
    let refused = [bench.unused_id(), bench.unused_id()];
    bench.add_to_batch(batch, &refused).await;
    assert_eq!(counts(&bench, batch).await, [3, 3, 0, 0, 0]);
    for _ in 0..2 {
        assert_eq!(bench.remove_from_batch(batch, &refused).await, BatchAnswer::Applied);
        assert_eq!(counts(&bench, batch).await, [1, 1, 0, 0, 0]);
    }
    bench.seal_batch(batch).await;
    bench.cancel(jobs[0]).await;
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, callback);
}

pub async fn a_batch_that_is_not_there_is_not_found(bench: Bench) {
    let unknown = bench.new_batch().id;
    assert_eq!(bench.add_to_batch(unknown, &[bench.unused_id()]).await, BatchAnswer::NotFound);
    assert_eq!(bench.remove_from_batch(unknown, &[bench.unused_id()]).await, BatchAnswer::NotFound);
    assert_eq!(bench.seal_batch(unknown).await, BatchAnswer::NotFound);
    assert_eq!(bench.engine.batch(unknown).await.unwrap(), None);
}

pub async fn members_and_callback_may_live_in_other_queues(bench: Bench) {
    let (left, right) = (bench.another_queue().await, bench.another_queue().await);
    let callback = right.new_job();
    let batch = NewBatch { callback: Some(callback.clone()), ..bench.new_batch() };
    bench.open_batch(&batch).await;
    for queue in [&bench, &left, &right] {
        let jobs: Vec<_> =
            queue.new_jobs(2).into_iter().map(|job| NewJob { batch: Some(batch.id), ..job }).collect();
        bench.add_to_batch(batch.id, &jobs.iter().map(|job| job.id).collect::<Vec<_>>()).await;
        queue.add_all(&jobs).await;
    }
    bench.seal_batch(batch.id).await;
    for (queue, left_over) in [(&left, 4), (&right, 2), (&bench, 0)] {
        let held = claims(&queue.claim(queue.worker(), 5).await);
        queue.settle_all(&held, &complete()).await;
        queue.relay_all().await;
        assert_eq!(bench.batch(batch.id).await.pending, left_over);
    }
    bench.relay_all().await;
    assert_eq!(ids(&right.claim(right.worker(), 5).await), [callback.id]);
}

pub async fn a_redriven_member_counts_once(bench: Bench) {
    let (batch, callback) = open(&bench).await;
    let jobs = add(&bench, batch, 2).await;
    bench.seal_batch(batch).await;
    let held = claims(&bench.claim(bench.worker(), 5).await);
    bench.settle(held[0], discard()).await;
    bench.redrive(jobs[0]).await;
    assert_eq!(counts(&bench, batch).await, [2, 1, 0, 0, 1], "as it first ended");
    let again = bench.claim_one(bench.worker()).await.claim;
    bench.settle(again, complete()).await;
    assert_eq!(counts(&bench, batch).await, [2, 1, 0, 0, 1]);
    assert!(!bench.exists(callback).await);
    bench.settle(held[1], complete()).await;
    assert_eq!(counts(&bench, batch).await, [2, 0, 1, 0, 1]);
    assert!(bench.exists(callback).await);
}

pub async fn members_that_end_all_at_once_bring_one_callback(bench: Bench) {
    let (batch, callback) = open(&bench).await;
    let second = bench.second().await;
    add(&bench, batch, 40).await;
    bench.seal_batch(batch).await;
    let held = claims(&bench.claim(bench.worker(), 40).await);
    let end = async |bench: &Bench, claims: &[windlass_shared::Claim]| {
        for claim in claims {
            bench.settle(*claim, complete()).await;
        }
    };
    tokio::join!(end(&bench, &held[..20]), end(&second, &held[20..]));
    assert_eq!(counts(&bench, batch).await, [40, 0, 40, 0, 0]);
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, callback);
}

pub async fn children_may_be_members(bench: Bench) {
    let (batch, callback) = open(&bench).await;
    bench.add_plain(1).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    let child = NewJob { batch: Some(batch), ..bench.new_job() };
    bench.add_to_batch(batch, &[child.id]).await;
    bench.seal_batch(batch).await;
    bench.settle(claim, complete_with(vec![child.clone()])).await;
    let claimed = bench.claim_one(bench.worker()).await;
    assert_eq!((claimed.claim.job, claimed.batch), (child.id, Some(batch)));
    bench.settle(claimed.claim, complete()).await;
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, callback);
}

pub async fn no_bound_keeps_a_callback_out(bench: Bench) {
    let (batch, callback) = open(&bench).await;
    bench.set_policy(QueuePolicy { draining: true, ..QueuePolicy::default() }).await;
    bench.seal_batch(batch).await;
    assert_eq!(bench.state(callback).await, JobState::Available);
}

pub async fn a_batch_takes_so_many_members_and_no_more(bench: Bench) {
    let (batch, _) = open(&bench).await;
    let members: Vec<_> = (0..windlass_queue::MAX_BATCH_MEMBERS).map(|_| bench.unused_id()).collect();
    assert_eq!(bench.add_to_batch(batch, &members).await, BatchAnswer::Applied);
    assert_eq!(bench.add_to_batch(batch, &[bench.unused_id()]).await, BatchAnswer::Full);
    assert_eq!(bench.add_to_batch(batch, &members[..10]).await, BatchAnswer::Applied, "they are there");
    assert_eq!(counts(&bench, batch).await[0], members.len());
}

/// A batch with a callback.
async fn open(bench: &Bench) -> (BatchId, JobId) {
    let callback = bench.new_job();
    let batch = NewBatch { callback: Some(callback.clone()), ..bench.new_batch() };
    bench.open_batch(&batch).await;
    (batch.id, callback.id)
}

/// Members, written down before they are enqueued.
async fn add(bench: &Bench, batch: BatchId, count: usize) -> Vec<JobId> {
    let jobs: Vec<_> =
        bench.new_jobs(count).into_iter().map(|job| NewJob { batch: Some(batch), ..job }).collect();
    let members: Vec<_> = jobs.iter().map(|job| job.id).collect();
    assert_eq!(bench.add_to_batch(batch, &members).await, BatchAnswer::Applied);
    bench.add_all(&jobs).await
}

/// Total, pending, completed, cancelled, discarded.
async fn counts(bench: &Bench, batch: BatchId) -> [usize; 5] {
    let batch = bench.batch(batch).await;
    [batch.total, batch.pending, batch.completed, batch.cancelled, batch.discarded]
        .map(|count| usize::try_from(count).unwrap())
}
