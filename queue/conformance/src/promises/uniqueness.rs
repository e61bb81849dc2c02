//! While a job holds a unique key, what is enqueued with it conflicts, and its own wish decides what happens.

use std::time::Duration;

use windlass_queue::{Acceptance, Enqueued, Expiry, Job, NewJob, OnConflict, Unique, UniqueKey, Until, When};
use windlass_shared::{Backoff, JobId, JobState, MaxAttempts, Priority};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard, retry};
use crate::verbs::ids;

const REPLACING: [OnConflict; 3] = [OnConflict::Replace, OnConflict::Debounce, OnConflict::KeepLatest];
const EVERY: [OnConflict; 4] =
    [OnConflict::Reject, OnConflict::Replace, OnConflict::Debounce, OnConflict::KeepLatest];
const WAITING: [JobState; 3] = [JobState::Scheduled, JobState::Available, JobState::Retryable];
const PERIOD: Until = Until::Period(HOUR.saturating_mul(100));

pub async fn reject_answers_the_holder_and_changes_nothing(bench: Bench) {
    for state in [&WAITING[..], &[JobState::Running]].concat() {
        let (bench, holder) = held(&bench, state, Until::Finish).await;
        let before = bench.get(holder).await;
        let answer = enqueue(&bench, newer(&bench, OnConflict::Reject)).await;
        assert_eq!(answer, Enqueued { id: holder, state, acceptance: Acceptance::Conflict });
        assert_eq!(bench.get(holder).await, before);
        assert_eq!(bench.depth().await.unfinished(), 1);
    }
}

pub async fn a_waiting_holder_takes_over_the_newer_content(bench: Bench) {
    for (wish, state) in REPLACING.into_iter().flat_map(|wish| WAITING.map(|state| (wish, state))) {
        let (bench, holder) = held(&bench, state, Until::Finish).await;
        let before = bench.get(holder).await;
        let newer = newer(&bench, wish);
        let answer = enqueue(&bench, newer.clone()).await;
        let expected = Enqueued { id: holder, state: JobState::Available, acceptance: Acceptance::Replaced };
        assert_eq!(answer, expected, "{wish:?} × {state}");
        assert!(!bench.exists(newer.id).await);
        taken_over(&before, &bench.get(holder).await, &newer);
        let claimed = bench.claim_one(bench.worker()).await;
        assert_eq!((claimed.claim.job, claimed.attempt, claimed.args), (holder, 1, newer.args));
        assert_eq!((claimed.backoff, claimed.limit_key), (newer.backoff, newer.limit_key));
    }
}

pub async fn a_waiting_holder_takes_over_the_newer_time(bench: Bench) {
    for (wish, state) in REPLACING.into_iter().flat_map(|wish| WAITING.map(|state| (wish, state))) {
        let (bench, holder) = held(&bench, state, Until::Finish).await;
        let later = NewJob { when: When::After(5 * HOUR), expires: None, ..newer(&bench, wish) };
        let answer = enqueue(&bench, later).await;
        assert_eq!((answer.id, answer.state), (holder, JobState::Scheduled), "{wish:?} × {state}");
        bench.advance(4 * HOUR);
        assert!(bench.claim(bench.worker(), 5).await.is_empty(), "{wish:?} × {state}");
        bench.advance(HOUR);
        assert_eq!(bench.claim_one(bench.worker()).await.claim.job, holder, "{wish:?} × {state}");
    }
}

pub async fn debouncing_pushes_the_time_back_again_and_again(bench: Bench) {
    let newest = || NewJob { when: When::After(HOUR), ..bench.unique(Until::Start, OnConflict::Debounce) };
    let holder = bench.add(newest()).await;
    for _ in 0..5 {
        bench.advance(HOUR / 2);
        assert_eq!(enqueue(&bench, newest()).await.id, holder);
        assert!(bench.claim(bench.worker(), 1).await.is_empty());
    }
    bench.advance(HOUR);
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, holder);
}

pub async fn a_replaced_holder_goes_behind_the_others(bench: Bench) {
    for wish in REPLACING {
        let bench = bench.another_queue().await;
        let holder = bench.add(bench.unique(Until::Finish, OnConflict::Reject)).await;
        let others = bench.add_plain(2).await;
        enqueue(&bench, bench.unique(Until::Finish, wish)).await;
        let given = ids(&bench.claim(bench.worker(), 5).await);
        assert_eq!(given, [&others[..], &[holder]].concat(), "{wish:?}");
    }
}

pub async fn a_parked_holder_that_is_replaced_comes_once(bench: Bench) {
    bench.pause("key:stripe").await;
    let unique = bench.unique(Until::Finish, OnConflict::Replace);
    let holder = bench.add(NewJob { limit_key: Some("stripe".parse().unwrap()), ..unique.clone() }).await;
    assert!(bench.claim(bench.worker(), 5).await.is_empty());
    enqueue(&bench, NewJob { id: bench.unused_id(), ..unique }).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    assert_eq!(claim.job, holder, "it has no key any more");
    bench.resume("key:stripe").await;
    assert!(bench.claim(bench.worker(), 5).await.is_empty());
}

pub async fn what_runs_is_the_answer_to_reject_and_replace(bench: Bench) {
    for wish in [OnConflict::Reject, OnConflict::Replace] {
        let (bench, holder) = held(&bench, JobState::Running, Until::Finish).await;
        let before = bench.get(holder).await;
        let answer = enqueue(&bench, newer(&bench, wish)).await;
        let expected = Enqueued { id: holder, state: JobState::Running, acceptance: Acceptance::Conflict };
        assert_eq!((answer, bench.get(holder).await), (expected, before), "{wish:?}");
        assert_eq!(bench.depth().await.unfinished(), 1);
    }
}

pub async fn what_is_over_is_the_answer_within_its_period(bench: Bench) {
    for wish in EVERY {
        for (verdict, state) in [(complete(), JobState::Completed), (discard(), JobState::Discarded)] {
            let (bench, holder) = held(&bench, JobState::Running, PERIOD).await;
            let claim = windlass_shared::Claim { job: holder, token: token(&bench, holder).await };
            bench.settle(claim, verdict).await;
            let answer = enqueue(&bench, newer(&bench, wish)).await;
            let expected = Enqueued { id: holder, state, acceptance: Acceptance::Conflict };
            assert_eq!(answer, expected, "{wish:?} × {state}");
        }
    }
}

pub async fn what_is_gone_is_the_answer_within_its_period(bench: Bench) {
    let nothing =
        windlass_queue::Retention { completed_for: Duration::ZERO, ..windlass_queue::Retention::default() };
    for wish in EVERY {
        let (bench, holder) = held(&bench, JobState::Running, PERIOD).await;
        let claim = windlass_shared::Claim { job: holder, token: token(&bench, holder).await };
        bench.settle(claim, complete()).await;
        bench.advance(HOUR);
        assert_eq!(bench.engine.prune(&bench.queue, &nothing, 10).await.unwrap(), 1);
        let answer = enqueue(&bench, newer(&bench, wish)).await;
        let expected = Enqueued { id: holder, state: JobState::Completed, acceptance: Acceptance::Conflict };
        assert_eq!(answer, expected, "{wish:?}");
        bench.advance(100 * HOUR);
        assert_eq!(enqueue(&bench, newer(&bench, wish)).await.acceptance, Acceptance::New);
    }
}

pub async fn several_of_one_call_are_resolved_in_their_order(bench: Bench) {
    let new = |wish, args: &'static str| NewJob { args: args.into(), ..bench.unique(Until::Finish, wish) };
    let jobs = [
        new(OnConflict::Reject, "1"),
        new(OnConflict::Reject, "2"),
        new(OnConflict::Replace, "3"),
        new(OnConflict::KeepLatest, "4"),
        new(OnConflict::Reject, "5"),
    ];
    let answers = bench.enqueue(&jobs).await;
    let acceptances: Vec<_> = answers.iter().map(|answer| answer.acceptance).collect();
    let (conflict, replaced) = (Acceptance::Conflict, Acceptance::Replaced);
    assert_eq!(acceptances, [Acceptance::New, conflict, replaced, replaced, conflict]);
    assert!(answers.iter().all(|answer| answer.id == jobs[0].id));
    assert_eq!(bench.claim_one(bench.worker()).await.args, "4");
}

pub async fn an_id_that_exists_is_a_duplicate_before_anything_else(bench: Bench) {
    let first = bench.unique(Until::Start, OnConflict::Replace);
    bench.add(first.clone()).await;
    let answer = bench.enqueue(&[first.clone(), NewJob { args: "1".into(), ..first.clone() }]).await;
    assert!(answer.iter().all(|answer| answer.acceptance == Acceptance::Duplicate));
    let claimed = bench.claim_one(bench.worker()).await;
    assert_eq!(claimed.args, first.args);
    let second = bench.add(bench.unique(Until::Start, OnConflict::Replace)).await;
    let answer = enqueue(&bench, first.clone()).await;
    assert_eq!((answer.id, answer.acceptance), (first.id, Acceptance::Duplicate));
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, second);
}

pub async fn keys_are_each_queues_own_and_others_do_not_conflict(bench: Bench) {
    let other = bench.another_queue().await;
    bench.add(bench.unique(Until::Finish, OnConflict::Reject)).await;
    other.add(other.unique(Until::Finish, OnConflict::Reject)).await;
    let unique = bench.unique(Until::Finish, OnConflict::Reject);
    let key = UniqueKey([8; UniqueKey::BYTES]);
    bench.add(NewJob { unique: unique.unique.map(|unique| Unique { key, ..unique }), ..unique }).await;
    bench.add_plain(1).await;
}

pub async fn a_holder_with_other_content_forgets_what_it_recorded(bench: Bench) {
    let holder = bench.add(bench.unique(Until::Finish, OnConflict::Replace)).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.record_step(claim, "charge", "1").await;
    bench.checkpoint(claim, "2").await;
    bench.settle(claim, retry(HOUR)).await;
    enqueue(&bench, newer(&bench, OnConflict::Replace)).await;
    let claimed = bench.claim_one(bench.worker()).await;
    assert_eq!((claimed.claim.job, claimed.has_records), (holder, false));
    assert_eq!(bench.records(claimed.claim).await, Some(windlass_queue::Records::default()));
}

async fn enqueue(bench: &Bench, job: NewJob) -> Enqueued {
    bench.enqueue(&[job]).await[0]
}

/// A job with the key that differs from what [`held`] makes in all that a holder takes over.
fn newer(bench: &Bench, wish: OnConflict) -> NewJob {
    NewJob {
        args: r#"{"newer":true}"#.into(),
        tags: vec!["newer".parse().unwrap()],
        priority: Priority::new(2).unwrap(),
        max_attempts: MaxAttempts::after_retries(8),
        timeout: 7 * HOUR,
        backoff: Some(Backoff::Fixed(HOUR)),
        expires: Some(Expiry::After(50 * HOUR)),
        limit_key: Some("newer".parse().unwrap()),
        ..bench.unique(Until::Finish, wish)
    }
}

/// A queue with a job that holds the key in a state.
async fn held(bench: &Bench, state: JobState, until: Until) -> (Bench, JobId) {
    let bench = bench.another_queue().await;
    let unique = bench.unique(until, OnConflict::Reject);
    let when = if state == JobState::Scheduled { When::After(2 * HOUR) } else { When::Now };
    let holder = bench.add(NewJob { when, ..unique }).await;
    if matches!(state, JobState::Running | JobState::Retryable) {
        let claim = bench.claim_one(bench.worker()).await.claim;
        if state == JobState::Retryable {
            bench.settle(claim, retry(2 * HOUR)).await;
        }
    }
    assert_eq!(bench.state(holder).await, state);
    (bench, holder)
}

fn taken_over(before: &Job, after: &Job, newer: &NewJob) {
    let content = Job {
        state: JobState::Available,
        priority: newer.priority,
        attempt: 0,
        max_attempts: newer.max_attempts,
        timeout: newer.timeout,
        tags: newer.tags.clone(),
        args: newer.args.clone(),
        backoff: newer.backoff.clone(),
        limit_key: newer.limit_key.clone(),
        run_at: after.run_at,
        expires_at: after.expires_at,
        unique: after.unique,
        attempted_at: after.attempted_at,
        errors: after.errors.clone(),
        ..before.clone()
    };
    assert_eq!(*after, content);
    assert!(after.expires_at.is_some());
}

async fn token(bench: &Bench, running: JobId) -> windlass_shared::LeaseToken {
    let page = bench.engine.running(&bench.queue, None, 10).await.unwrap();
    page.claims.iter().find(|held| held.claim.job == running).unwrap().claim.token
}
