//! When two want different things of one job, one of them wins and both are told so.

use windlass_queue::{
    AttemptError, CancelAnswer, DeleteAnswer, ErrorReason, Fenced, RedriveAnswer, RescueVerdict, Settled,
    Verdict,
};
use windlass_shared::{Claim, JobId, JobState};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{applied, complete, failure, retry};
use crate::verbs::{claims, ids};

pub async fn a_cancellation_wins_over_every_rescue(bench: Bench) {
    let error = AttemptError { reason: ErrorReason::Timeout, ..failure("it took too long") };
    for verdict in [
        RescueVerdict::Revive { deaths: 1, suspect: false },
        RescueVerdict::Retry { after: HOUR, error: error.clone() },
        RescueVerdict::Discard { deaths: 0, error },
    ] {
        let claim = running(&bench).await;
        assert_eq!(bench.cancel(claim.job).await, CancelAnswer::Requested);
        assert_eq!(bench.rescue(claim, verdict.clone()).await, Fenced::Applied);
        assert_eq!(bench.state(claim.job).await, JobState::Cancelled, "{verdict:?}");
        assert_eq!(bench.settle(claim, complete()).await, Settled::Stale, "{verdict:?}: too late");
        assert_eq!(bench.state(claim.job).await, JobState::Cancelled, "{verdict:?}");
    }
}

pub async fn a_cancellation_after_a_failure_ends_the_job_before_its_next_attempt(bench: Bench) {
    let claim = running(&bench).await;
    bench.settle(claim, retry(HOUR)).await;
    assert_eq!(bench.cancel(claim.job).await, CancelAnswer::Cancelled);
    assert_eq!(bench.settle(claim, retry(HOUR)).await, applied(JobState::Cancelled));
    bench.advance(2 * HOUR);
    assert!(bench.claim(bench.worker(), 5).await.is_empty());
}

pub async fn a_requested_cancellation_does_not_outlive_its_attempt(bench: Bench) {
    let claim = running(&bench).await;
    bench.cancel(claim.job).await;
    bench.settle(claim, Verdict::Cancel).await;
    assert_eq!(bench.redrive(claim.job).await, RedriveAnswer::Available);
    let again = bench.claim_one(bench.worker()).await.claim;
    assert!(!bench.get(again.job).await.cancel_requested);
    assert_eq!(bench.settle(again, retry(HOUR)).await, applied(JobState::Retryable));
}

pub async fn completion_and_cancellation_agree_who_was_first(bench: Bench) {
    let (jobs, second) = (bench.add_plain(60).await, bench.second().await);
    let held = claims(&bench.claim(bench.worker(), 60).await);
    let (settled, cancelled) = tokio::join!(complete_each(&bench, &held), cancel_each(&second, &jobs));
    for ((job, settled), cancelled) in jobs.iter().zip(settled).zip(cancelled) {
        assert_eq!(settled, applied(JobState::Completed), "completion wins over a request");
        let over = CancelAnswer::AlreadyFinal(JobState::Completed);
        assert!(cancelled == CancelAnswer::Requested || cancelled == over, "{cancelled:?}");
        assert_eq!(bench.state(*job).await, JobState::Completed);
    }
}

pub async fn a_job_is_claimed_or_deleted_and_never_both(bench: Bench) {
    let (jobs, second) = (bench.add_plain(100).await, bench.second().await);
    let claim = async {
        let mut claimed = Vec::new();
        for _ in 0..25 {
            claimed.extend(ids(&bench.claim(bench.worker(), 4).await));
        }
        claimed
    };
    let reversed: Vec<_> = jobs.iter().rev().copied().collect();
    let (claimed, deleted) = tokio::join!(claim, delete_each(&second, &reversed));
    for (job, deleted) in reversed.into_iter().zip(deleted) {
        match deleted {
            DeleteAnswer::Running => assert!(claimed.contains(&job)),
            answer => {
                assert_eq!(answer, DeleteAnswer::Deleted(JobState::Available));
                assert!(!claimed.contains(&job) && !bench.exists(job).await);
            }
        }
    }
    assert_eq!(bench.depth().await.unfinished(), u64::try_from(claimed.len()).unwrap());
}

pub async fn what_is_redriven_and_moved_from_all_sides_runs_once(bench: Bench) {
    let (jobs, second) = (bench.add_plain(40).await, bench.second().await);
    bench.engine.cancel(&jobs).await.unwrap();
    let move_each = async {
        for job in &jobs {
            bench.reprioritize(*job, 1).await;
        }
    };
    let (first, other, ()) =
        tokio::join!(redrive_each(&bench, &jobs), redrive_each(&second, &jobs), move_each);
    for answers in first.into_iter().zip(other) {
        let once = [(RedriveAnswer::Available, RedriveAnswer::AlreadyAvailable)];
        assert!(once.contains(&answers) || once.contains(&(answers.1, answers.0)), "{answers:?}");
    }
    let mut given = ids(&bench.claim(bench.worker(), 100).await);
    given.sort();
    let mut jobs = jobs;
    jobs.sort();
    assert_eq!((given, bench.depth().await.available), (jobs, 0));
}

/// Ends claims with success, each in a call of its own.
async fn complete_each(bench: &Bench, claims: &[Claim]) -> Vec<Settled> {
    let mut answers = Vec::new();
    for claim in claims {
        answers.push(bench.settle(*claim, complete()).await);
    }
    answers
}

async fn cancel_each(bench: &Bench, jobs: &[JobId]) -> Vec<CancelAnswer> {
    let mut answers = Vec::new();
    for job in jobs {
        answers.push(bench.cancel(*job).await);
    }
    answers
}

async fn delete_each(bench: &Bench, jobs: &[JobId]) -> Vec<DeleteAnswer> {
    let mut answers = Vec::new();
    for job in jobs {
        answers.push(bench.delete(*job).await);
    }
    answers
}

async fn redrive_each(bench: &Bench, jobs: &[JobId]) -> Vec<RedriveAnswer> {
    let mut answers = Vec::new();
    for job in jobs {
        answers.push(bench.redrive(*job).await);
    }
    answers
}

async fn running(bench: &Bench) -> Claim {
    bench.add_plain(1).await;
    bench.claim_one(bench.worker()).await.claim
}
