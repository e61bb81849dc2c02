//! What has not started when its time is over is given up, wherever it waits.

use windlass_queue::{
    Acceptance, ErrorReason, Expiry, NewJob, OnConflict, RedriveAnswer, Suspects, Until, When,
};
use windlass_shared::{JobId, JobState, Timestamp};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{applied, complete, retry, snooze};
use crate::verbs::{concurrency, ids, these};

pub async fn an_expired_job_is_discarded_instead_of_started(bench: Bench) {
    let (expiring, lasting) = (bench.add(expiring(&bench)).await, bench.add_plain(1).await);
    bench.advance(HOUR);
    assert_eq!(ids(&bench.claim(bench.worker(), 5).await), lasting);
    assert_expired(&bench, expiring, 0).await;
}

pub async fn the_caretaker_discards_what_has_expired_wherever_it_waits(bench: Bench) {
    let worker = bench.worker();
    let failed = bench.add(expiring(&bench)).await;
    let claim = bench.claim_one(worker).await.claim;
    bench.settle(claim, retry(9 * HOUR)).await;
    let suspect = bench.suspected(expiring(&bench)).await;
    bench.pause("key:stripe").await;
    let parked = bench.add(NewJob { limit_key: Some("stripe".parse().unwrap()), ..expiring(&bench) }).await;
    assert!(bench.claim(worker, 5).await.is_empty());
    bench.pause("tenant:acme").await;
    let benched = bench.add(NewJob { tenant: "acme".parse().unwrap(), ..expiring(&bench) }).await;
    let unserved = bench.add(NewJob { kind: "conformance.other".parse().unwrap(), ..expiring(&bench) }).await;
    assert!(bench.claim_serving(worker, 5, &these(&["conformance.plain"])).await.is_empty());
    let scheduled = bench.add(NewJob { when: When::After(9 * HOUR), ..expiring(&bench) }).await;
    let available = bench.add(expiring(&bench)).await;
    bench.advance(HOUR);
    assert_eq!(bench.promote(100).await.count, 0);
    for (job, attempt) in
        [(scheduled, 0), (available, 0), (parked, 0), (benched, 0), (unserved, 0), (suspect, 0), (failed, 1)]
    {
        assert_expired(&bench, job, attempt).await;
    }
    let depth = bench.depth().await;
    assert_eq!((depth.discarded, depth.unfinished()), (7, 0));
    bench.resume("key:stripe").await;
    bench.resume("tenant:acme").await;
    assert!(bench.ask(worker, 5, Suspects::Take).await.jobs.is_empty());
}

pub async fn what_expired_while_it_was_held_up_never_starts(bench: Bench) {
    let worker = bench.worker();
    for scope in ["queue", "tenant:default", "kind:conformance.plain", "key:stripe"] {
        let (bench, keyed) = (bench.another_queue().await, Some("stripe".parse().unwrap()));
        bench.pause(scope).await;
        let late = bench.add(NewJob { limit_key: keyed.clone(), ..expiring(&bench) }).await;
        let lasting = bench.add(NewJob { limit_key: keyed, ..bench.new_job() }).await;
        assert!(bench.claim(worker, 5).await.is_empty(), "{scope}");
        bench.advance(HOUR);
        bench.resume(scope).await;
        assert_eq!(ids(&bench.claim(worker, 5).await), [lasting], "{scope}");
        assert_expired(&bench, late, 0).await;
    }
}

pub async fn a_job_that_runs_past_its_expiry_may_end(bench: Bench) {
    let job = bench.add(expiring(&bench)).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.advance(2 * HOUR);
    bench.promote(10).await;
    assert_eq!(bench.state(job).await, JobState::Running);
    assert_eq!(bench.settle(claim, complete()).await, applied(JobState::Completed));
}

pub async fn a_job_that_comes_back_after_its_expiry_is_tried_no_more(bench: Bench) {
    for verdict in [retry(HOUR), snooze(HOUR), windlass_queue::Verdict::Release] {
        let bench = bench.another_queue().await;
        let job = bench.add(expiring(&bench)).await;
        let claim = bench.claim_one(bench.worker()).await.claim;
        bench.advance(2 * HOUR);
        bench.settle(claim, verdict.clone()).await;
        bench.promote(10).await;
        assert!(bench.claim(bench.worker(), 5).await.is_empty());
        let job = bench.get(job).await;
        assert_eq!(job.state, JobState::Discarded, "{}", verdict.verb());
        assert_eq!(job.errors.last().unwrap().reason, ErrorReason::Expired, "{}", verdict.verb());
    }
}

pub async fn a_lost_job_that_has_expired_is_tried_no_more(bench: Bench) {
    let job = bench.add(expiring(&bench)).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.advance(2 * HOUR);
    bench.lose(claim).await;
    assert!(bench.claim(bench.worker(), 5).await.is_empty());
    assert_expired(&bench, job, 0).await;
}

pub async fn an_expiry_counts_from_acceptance_or_is_an_instant(bench: Bench) {
    let at = Timestamp::from_millis(bench.now().plus(2 * HOUR).as_millis());
    let instant = NewJob { expires: Some(Expiry::At(at)), ..bench.new_job() };
    assert_eq!(bench.get(bench.add(instant).await).await.expires_at, Some(at));
    let after = bench.get(bench.add(expiring(&bench)).await).await;
    let lasts = after.expires_at.unwrap().since(after.created_at);
    assert_eq!(lasts, HOUR);
    let claimed = bench.claim(bench.worker(), 5).await;
    assert_eq!([claimed[0].expires_at, claimed[1].expires_at], [Some(at), after.expires_at]);
}

pub async fn a_job_that_comes_too_late_is_accepted_and_given_up(bench: Bench) {
    let at = Timestamp::from_millis(1_000);
    for when in [When::Now, When::After(HOUR)] {
        let job = NewJob { expires: Some(Expiry::At(at)), when, ..bench.new_job() };
        let job = bench.enqueue(&[job]).await[0];
        assert_eq!(job.acceptance, Acceptance::New);
        assert!(bench.claim(bench.worker(), 5).await.is_empty());
        bench.promote(10).await;
        assert_expired(&bench, job.id, 0).await;
    }
}

pub async fn what_expired_is_redriven_without_its_expiry(bench: Bench) {
    let job = bench.add(expiring(&bench)).await;
    bench.advance(HOUR);
    bench.promote(10).await;
    assert_eq!(bench.redrive(job).await, RedriveAnswer::Available);
    assert_eq!(bench.get(job).await.expires_at, None);
    bench.advance(HOUR);
    bench.promote(10).await;
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, job);
}

pub async fn a_redrive_of_a_waiting_job_leaves_its_expiry(bench: Bench) {
    let job = bench.add(NewJob { when: When::After(9 * HOUR), ..expiring(&bench) }).await;
    assert_eq!(bench.redrive(job).await, RedriveAnswer::Available);
    bench.advance(HOUR);
    assert!(bench.claim(bench.worker(), 5).await.is_empty());
    assert_expired(&bench, job, 0).await;
}

pub async fn what_expired_takes_neither_slot_nor_start(bench: Bench) {
    let limit = windlass_queue::Limit { rate: crate::verbs::rate(1, 100 * HOUR, 1).rate, ..concurrency(1) };
    bench.set_limit("tenant:default", Some(limit)).await;
    bench.add_several(3, || expiring(&bench)).await;
    let lasting = bench.add_plain(1).await;
    bench.advance(HOUR);
    assert_eq!(ids(&bench.claim(bench.worker(), 5).await), lasting);
}

pub async fn an_expired_job_is_pruned_like_any_discarded_one(bench: Bench) {
    let job = bench.add(bench.unique(Until::Finish, OnConflict::Reject)).await;
    bench.cancel(job).await;
    let expired = bench.add(expiring(&bench)).await;
    bench.advance(HOUR);
    bench.promote(10).await;
    let job = bench.get(expired).await;
    assert!(job.finished_at.is_some());
    bench.advance(HOUR);
    let retention =
        windlass_queue::Retention { failed_for: HOUR / 2, ..windlass_queue::Retention::default() };
    assert_eq!(bench.engine.prune(&bench.queue, &retention, 10).await.unwrap(), 2);
    assert!(!bench.exists(expired).await);
}

/// A job that is not worth starting in an hour.
fn expiring(bench: &Bench) -> NewJob {
    NewJob { expires: Some(Expiry::After(HOUR)), ..bench.new_job() }
}

async fn assert_expired(bench: &Bench, job: JobId, attempt: u16) {
    let job = bench.get(job).await;
    let error = job.errors.last().expect("it says why");
    assert_eq!((job.state, error.reason), (JobState::Discarded, ErrorReason::Expired));
    assert_eq!((job.attempt, error.attempt), (attempt, attempt));
    assert!(job.finished_at.is_some());
}
