//! What a job brings along for its failures comes back with each claim.

use std::time::Duration;

use windlass_queue::{
    AttemptError, ClaimedJob, ErrorReason, JobError, NewJob, Outcome, RescueVerdict, Verdict, judge,
    judge_overdue,
};
use windlass_shared::{Backoff, JobState, MaxAttempts};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{applied, failure, retry, snooze};

pub async fn a_jobs_own_backoff_comes_with_every_claim(bench: Bench) {
    let ages = [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(1_234), 900 * HOUR];
    for backoff in [
        None,
        Some(Backoff::Fixed(HOUR)),
        Some(Backoff::Exponential { base: Duration::from_millis(1_500), most: 3 * HOUR }),
        Some(Backoff::List(ages.to_vec())),
        Some(Backoff::List(Vec::new())),
    ] {
        let bench = bench.another_queue().await;
        let job = bench.add(NewJob { backoff: backoff.clone(), ..bench.new_job() }).await;
        assert_eq!(bench.get(job).await.backoff, backoff);
        for verdict in [retry(HOUR), Verdict::Release, snooze(HOUR)] {
            let claimed = bench.claim_one(bench.worker()).await;
            assert_eq!(claimed.backoff, backoff);
            bench.settle(claimed.claim, verdict).await;
            bench.advance(HOUR);
        }
    }
}

pub async fn a_jobs_own_backoff_wins_over_that_of_its_kind(bench: Bench) {
    bench.add(NewJob { backoff: Some(Backoff::List(vec![2 * HOUR, 5 * HOUR])), ..bench.new_job() }).await;
    for hours in [2, 5, 5] {
        let claimed = bench.claim_one(bench.worker()).await;
        let verdict = judged(&claimed, transient());
        assert!(matches!(verdict, Verdict::Retry { after, .. } if after == hours * HOUR), "{verdict:?}");
        bench.settle(claimed.claim, verdict).await;
        bench.advance((hours - 1) * HOUR);
        assert!(bench.claim(bench.worker(), 1).await.is_empty(), "{hours} h are not over");
        bench.advance(HOUR);
    }
}

pub async fn an_overdue_attempt_waits_as_its_job_wants(bench: Bench) {
    let job = bench.add(NewJob { backoff: Some(Backoff::Fixed(7 * HOUR)), ..bench.new_job() }).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.advance(30 * HOUR);
    let seen = bench.engine.glance(&bench.queue, &[job]).await.unwrap().remove(0).unwrap();
    let error = AttemptError { reason: ErrorReason::Timeout, ..failure("it took too long") };
    let verdict = judge_overdue(&seen, &Backoff::default(), 0.5, error.clone()).unwrap();
    assert_eq!(verdict, RescueVerdict::Retry { after: 7 * HOUR, error });
    bench.rescue(claim, verdict).await;
    bench.advance(6 * HOUR);
    assert!(bench.claim(bench.worker(), 1).await.is_empty());
    bench.advance(HOUR);
    assert_eq!(bench.claim_one(bench.worker()).await.attempt, 2);
}

pub async fn a_provider_that_asks_for_patience_uses_up_no_attempt(bench: Bench) {
    let job = bench.add(NewJob { max_attempts: MaxAttempts::after_retries(0), ..bench.new_job() }).await;
    for _ in 0..5 {
        let claimed = bench.claim_one(bench.worker()).await;
        assert_eq!(claimed.attempt, 1);
        let limited = JobError::rate_limited(HOUR, "slow down");
        let verdict = judged(&claimed, limited);
        assert_eq!(bench.settle(claimed.claim, verdict).await, applied(JobState::Scheduled));
        assert_eq!(bench.get(job).await.attempt, 0);
        bench.advance(HOUR / 2);
        assert!(bench.claim(bench.worker(), 1).await.is_empty());
        bench.advance(HOUR / 2);
    }
    let claimed = bench.claim_one(bench.worker()).await;
    let verdict = judged(&claimed, transient());
    assert_eq!(bench.settle(claimed.claim, verdict).await, applied(JobState::Discarded));
}

pub async fn a_redriven_job_has_all_its_attempts_again(bench: Bench) {
    let job = bench.add(NewJob { max_attempts: MaxAttempts::after_retries(1), ..bench.new_job() }).await;
    for _ in 0..2 {
        for (attempt, state) in [(1, JobState::Retryable), (2, JobState::Discarded)] {
            let claimed = bench.claim_one(bench.worker()).await;
            assert_eq!(claimed.attempt, attempt);
            let verdict = judged(&claimed, transient());
            assert_eq!(bench.settle(claimed.claim, verdict).await, applied(state));
            bench.advance(HOUR);
        }
        bench.redrive(job).await;
    }
    assert_eq!(bench.get(job).await.errors.len(), 4);
}

/// What a worker makes of a failure, for a kind that waits two seconds.
fn judged(claimed: &ClaimedJob, failed: JobError) -> Verdict {
    let of_kind = Backoff::Fixed(Duration::from_secs(2));
    judge(claimed, Outcome::Failed(failed), &of_kind, 0.5, |_| AttemptError {
        attempt: claimed.attempt,
        ..failure("a connection broke")
    })
}

fn transient() -> JobError {
    JobError::transient("a connection broke")
}
