//! A job holds its unique key for as long as it was told to, and what waits for the key gets it then.

use windlass_queue::{
    Acceptance, DeleteAnswer, Expiry, NewJob, OnConflict, RedriveAnswer, Until, Verdict, When,
};
use windlass_shared::{JobId, JobState};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard, retry, snooze};

const PERIOD: Until = Until::Period(HOUR.saturating_mul(100));

pub async fn until_its_start_a_job_holds_its_key_until_it_is_claimed(bench: Bench) {
    let first = bench.add(bench.unique(Until::Start, OnConflict::Reject)).await;
    assert_eq!(conflicting(&bench, Until::Start).await, Some(first));
    let claim = bench.claim_one(bench.worker()).await.claim;
    let second = bench.add(bench.unique(Until::Start, OnConflict::Reject)).await;
    // Back in its lane, the first one does not take the key again.
    bench.settle(claim, retry(HOUR)).await;
    assert_eq!(conflicting(&bench, Until::Start).await, Some(second));
    bench.cancel(second).await;
    assert_eq!(conflicting(&bench, Until::Start).await, None);
    bench.advance(HOUR);
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, first);
}

pub async fn until_its_end_a_job_keeps_its_key_through_every_attempt(bench: Bench) {
    let job = bench.add(bench.unique(Until::Finish, OnConflict::Reject)).await;
    for verdict in [retry(HOUR), snooze(HOUR), Verdict::Release] {
        let claim = bench.claim_one(bench.worker()).await.claim;
        assert_eq!(conflicting(&bench, Until::Finish).await, Some(job));
        bench.settle(claim, verdict.clone()).await;
        assert_eq!(conflicting(&bench, Until::Finish).await, Some(job), "{}", verdict.verb());
        bench.advance(HOUR);
    }
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.lose(claim).await;
    assert_eq!(conflicting(&bench, Until::Finish).await, Some(job), "a lost lease");
}

pub async fn every_end_frees_the_key_of_a_job_that_holds_it_until_then(bench: Bench) {
    for until in [Until::Start, Until::Finish] {
        for verdict in [complete(), discard(), Verdict::Cancel] {
            let bench = bench.another_queue().await;
            bench.add(bench.unique(until, OnConflict::Reject)).await;
            let claim = bench.claim_one(bench.worker()).await.claim;
            bench.settle(claim, verdict.clone()).await;
            assert_eq!(conflicting(&bench, until).await, None, "{until:?} × {}", verdict.verb());
        }
    }
}

pub async fn what_ends_before_it_started_frees_its_key(bench: Bench) {
    for until in [Until::Start, Until::Finish] {
        for end in ["cancelled", "deleted", "expired"] {
            let bench = bench.another_queue().await;
            never_starts(&bench, until, end).await;
            assert_eq!(conflicting(&bench, until).await, None, "{until:?} × {end}");
        }
    }
}

pub async fn for_a_period_a_job_keeps_its_key_whatever_becomes_of_it(bench: Bench) {
    for verdict in [complete(), discard(), retry(200 * HOUR)] {
        let bench = bench.another_queue().await;
        let job = bench.add(bench.unique(PERIOD, OnConflict::Reject)).await;
        bench.advance(50 * HOUR);
        let claim = bench.claim_one(bench.worker()).await.claim;
        bench.settle(claim, verdict.clone()).await;
        assert_eq!(conflicting(&bench, PERIOD).await, Some(job), "{}", verdict.verb());
        bench.advance(49 * HOUR);
        assert_eq!(conflicting(&bench, PERIOD).await, Some(job), "{}: from its acceptance", verdict.verb());
        bench.advance(HOUR);
        assert_eq!(conflicting(&bench, PERIOD).await, None, "{}: it is over", verdict.verb());
    }
    let bench = bench.another_queue().await;
    let job = never_starts(&bench, PERIOD, "expired").await;
    assert_eq!(conflicting(&bench, PERIOD).await, Some(job));
}

pub async fn who_is_cancelled_or_deleted_keeps_no_period(bench: Bench) {
    for end in ["cancelled", "deleted"] {
        let bench = bench.another_queue().await;
        never_starts(&bench, PERIOD, end).await;
        assert_eq!(conflicting(&bench, PERIOD).await, None, "{end}");
    }
    bench.add(bench.unique(PERIOD, OnConflict::Reject)).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, Verdict::Cancel).await;
    assert_eq!(conflicting(&bench, PERIOD).await, None);
}

pub async fn a_job_that_ended_and_is_redriven_holds_its_key_again(bench: Bench) {
    for until in [Until::Start, Until::Finish] {
        let bench = bench.another_queue().await;
        let job = bench.add(bench.unique(until, OnConflict::Reject)).await;
        let claim = bench.claim_one(bench.worker()).await.claim;
        bench.settle(claim, discard()).await;
        assert_eq!(bench.redrive(job).await, RedriveAnswer::Available, "{until:?}");
        assert_eq!(conflicting(&bench, until).await, Some(job), "{until:?}");
    }
}

pub async fn a_redrive_is_refused_while_another_holds_the_key(bench: Bench) {
    for until in [Until::Start, Until::Finish, PERIOD] {
        let bench = bench.another_queue().await;
        let job = bench.add(bench.unique(until, OnConflict::Reject)).await;
        bench.cancel(job).await;
        let before = bench.get(job).await;
        let other = bench.add(bench.unique(until, OnConflict::Reject)).await;
        assert_eq!(bench.redrive(job).await, RedriveAnswer::Conflict(other), "{until:?}");
        assert_eq!(bench.get(job).await, before, "{until:?}: nothing changed");
        bench.delete(other).await;
        assert_eq!(bench.redrive(job).await, RedriveAnswer::Available, "{until:?}");
        assert_eq!(conflicting(&bench, until).await, Some(job), "{until:?}");
    }
}

pub async fn the_period_of_a_redriven_job_starts_anew(bench: Bench) {
    let job = bench.add(bench.unique(PERIOD, OnConflict::Reject)).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, discard()).await;
    bench.advance(90 * HOUR);
    assert_eq!(bench.redrive(job).await, RedriveAnswer::Available);
    bench.advance(90 * HOUR);
    assert_eq!(conflicting(&bench, PERIOD).await, Some(job));
    bench.advance(10 * HOUR);
    assert_eq!(conflicting(&bench, PERIOD).await, None);
}

pub async fn a_promoted_job_still_holds_its_key(bench: Bench) {
    let unique = bench.unique(Until::Start, OnConflict::Reject);
    let job = bench.add(NewJob { when: When::After(HOUR), ..unique }).await;
    bench.advance(HOUR);
    bench.promote(5).await;
    assert_eq!(conflicting(&bench, Until::Start).await, Some(job));
}

/// Who holds the key; when nobody does, this does for no more than a moment.
async fn conflicting(bench: &Bench, until: Until) -> Option<JobId> {
    let answer = bench.enqueue(&[bench.unique(until, OnConflict::Reject)]).await[0];
    if answer.acceptance == Acceptance::New {
        assert!(matches!(bench.delete(answer.id).await, DeleteAnswer::Deleted(_)));
        return None;
    }
    assert_eq!(answer.acceptance, Acceptance::Conflict);
    Some(answer.id)
}

/// A job that held the key and came to its end without a start.
async fn never_starts(bench: &Bench, until: Until, end: &str) -> JobId {
    let unique = bench.unique(until, OnConflict::Reject);
    let job = bench.add(NewJob { expires: Some(Expiry::After(HOUR)), ..unique }).await;
    match end {
        "cancelled" => drop(bench.cancel(job).await),
        "deleted" => drop(bench.delete(job).await),
        _ => {
            bench.advance(HOUR);
            bench.promote(5).await;
            assert_eq!(bench.state(job).await, JobState::Discarded);
        }
    }
    job
}
