//! A job that is deleted is gone with all that is known of it.

use windlass_queue::{
    Acceptance, CancelAnswer, DeleteAnswer, Depth, JobFilter, NewJob, OnConflict, RedriveAnswer, Retention,
    Settled, Suspects, Until, Verdict,
};
use windlass_shared::{JobId, JobState, QueueNumber};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard, retry};
use crate::verbs::ids;

pub async fn a_job_can_be_deleted_in_every_state_in_which_it_does_not_run(bench: Bench) {
    for state in JobState::ALL.into_iter().filter(|state| *state != JobState::Running) {
        let bench = bench.another_queue().await;
        let job = in_state(&bench, state).await;
        assert_eq!(bench.state(job).await, state);
        assert_eq!(bench.delete(job).await, DeleteAnswer::Deleted(state));
        assert_eq!(bench.delete(job).await, DeleteAnswer::NotFound, "{state}: it is gone");
        assert!(!bench.exists(job).await, "{state}");
        assert_eq!(bench.depth().await.of(state), 0, "{state}");
        assert_eq!(bench.cancel(job).await, CancelAnswer::NotFound, "{state}");
        assert_eq!(bench.redrive(job).await, RedriveAnswer::NotFound, "{state}");
        bench.advance(3 * HOUR);
        assert_eq!(bench.promote(10).await.count, 0, "{state}");
        assert!(bench.claim(bench.worker(), 5).await.is_empty(), "{state}");
    }
}

pub async fn a_job_that_runs_is_not_deleted(bench: Bench) {
    let job = in_state(&bench, JobState::Running).await;
    assert_eq!(bench.delete(job).await, DeleteAnswer::Running);
    bench.cancel(job).await;
    assert_eq!(bench.delete(job).await, DeleteAnswer::Running, "not even while it is asked to stop");
    assert_eq!(bench.state(job).await, JobState::Running);
}

pub async fn nothing_is_left_of_a_deleted_job(bench: Bench) {
    let worker = bench.worker();
    let jobs = bench.add_plain(3).await;
    let claims: Vec<_> = bench.claim(worker, 3).await.iter().map(|job| job.claim).collect();
    for claim in &claims {
        bench.record_step(*claim, "charge", "1").await;
    }
    bench.settle(claims[0], complete()).await;
    bench.settle(claims[1], discard()).await;
    bench.settle(claims[2], retry(HOUR)).await;
    let answers = bench.engine.delete(&jobs).await.unwrap();
    let states = [JobState::Completed, JobState::Discarded, JobState::Retryable];
    assert_eq!(answers, states.map(DeleteAnswer::Deleted));
    assert_eq!(bench.depth().await, Depth::default());
    for claim in claims {
        assert_eq!(bench.settle(claim, complete()).await, Settled::Stale);
        assert_eq!(bench.records(claim).await, None);
    }
    let filter = JobFilter { queue: Some(bench.queue.clone()), ..JobFilter::default() };
    assert!(bench.engine.list(&filter, None, 10).await.unwrap().jobs.is_empty());
    bench.advance(10_000 * HOUR);
    assert_eq!(bench.engine.prune(&bench.queue, &Retention::default(), 10).await.unwrap(), 0);
}

pub async fn deletions_are_answered_in_their_order_over_queues(bench: Bench) {
    let other = bench.another_queue().await;
    let (here, there) = (bench.add_plain(2).await, other.add_plain(1).await);
    bench.claim(bench.worker(), 1).await;
    let elsewhere = JobId::new(bench.now(), QueueNumber::new(u16::MAX), 1);
    let jobs = [there[0], bench.unused_id(), here[0], here[1], elsewhere, there[0]];
    let available = DeleteAnswer::Deleted(JobState::Available);
    let (gone, runs) = (DeleteAnswer::NotFound, DeleteAnswer::Running);
    assert_eq!(bench.engine.delete(&jobs).await.unwrap(), [available, gone, runs, available, gone, gone]);
}

pub async fn a_deleted_job_with_a_key_is_still_remembered(bench: Bench) {
    for (place, tombstone) in [("waiting", Some(5 * HOUR)), ("ended", Some(5 * HOUR)), ("ended", None)] {
        let job = NewJob { tombstone, ..bench.new_job() };
        bench.add(job.clone()).await;
        if place == "ended" {
            let claim = bench.claim_one(bench.worker()).await.claim;
            bench.settle(claim, complete()).await;
        }
        bench.delete(job.id).await;
        bench.advance(4 * HOUR);
        let answer = bench.enqueue(std::slice::from_ref(&job)).await[0];
        let Some(_) = tombstone else {
            assert_eq!(answer.acceptance, Acceptance::New, "nobody asked to remember it");
            continue;
        };
        assert_eq!(
            (answer.acceptance, answer.state),
            (Acceptance::Duplicate, JobState::Completed),
            "{place}"
        );
        bench.advance(2 * HOUR);
        let answer = bench.enqueue(std::slice::from_ref(&job)).await[0];
        assert_eq!(answer.acceptance, Acceptance::New, "{place}");
        bench.delete(job.id).await;
        bench.advance(6 * HOUR);
    }
}

pub async fn a_deleted_job_is_in_nobodys_way(bench: Bench) {
    let jobs = bench.add_plain(700).await;
    let deleted = bench.engine.delete(&jobs[..699]).await.unwrap();
    assert!(deleted.iter().all(|answer| *answer == DeleteAnswer::Deleted(JobState::Available)));
    assert_eq!(bench.depth().await.available, 1);
    assert_eq!(ids(&bench.claim(bench.worker(), 5).await), jobs[699..]);
}

pub async fn an_id_that_comes_again_after_its_deletion_runs_once(bench: Bench) {
    let (worker, job) = (bench.worker(), bench.new_job());
    let urgent = NewJob { priority: windlass_shared::Priority::FIRST, ..job.clone() };
    for again in [&job, &urgent, &job, &job] {
        bench.add(again.clone()).await;
        bench.delete(job.id).await;
    }
    bench.add(job.clone()).await;
    let claimed = bench.claim_one(worker).await;
    assert_eq!((claimed.claim.job, claimed.attempt), (job.id, 1));
    bench.settle(claimed.claim, Verdict::Release).await;
    let again = bench.claim_one(worker).await;
    bench.settle(again.claim, complete()).await;
    assert!(bench.claim(worker, 5).await.is_empty());
}

pub async fn a_deleted_suspect_is_given_to_nobody(bench: Bench) {
    let suspect = bench.suspect().await;
    assert_eq!(bench.delete(suspect).await, DeleteAnswer::Deleted(JobState::Available));
    assert!(bench.ask(bench.worker(), 1, Suspects::Take).await.jobs.is_empty());
    assert_eq!(bench.depth().await.unfinished(), 0);
}

/// The one job of a queue, in a state; beside a pending one runs the holder of its key.
async fn in_state(bench: &Bench, state: JobState) -> JobId {
    if state == JobState::Pending {
        bench.add(bench.unique(Until::Finish, OnConflict::Reject)).await;
        bench.claim_one(bench.worker()).await;
        return bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
    }
    if state == JobState::Scheduled {
        return bench.add(bench.in_an_hour()).await;
    }
    let job = bench.add_plain(1).await[0];
    let verdict = match state {
        JobState::Retryable => retry(HOUR),
        JobState::Completed => complete(),
        JobState::Discarded => discard(),
        JobState::Cancelled => Verdict::Cancel,
        _ => Verdict::Release,
    };
    if state != JobState::Available {
        let claim = bench.claim_one(bench.worker()).await.claim;
        if state != JobState::Running {
            bench.settle(claim, verdict).await;
        }
    }
    job
}
