use windlass_shared::{Backoff, JobState};

use crate::engine::{ClaimedJob, RescueVerdict, Verdict};
use crate::handler::JobError;
use crate::job::{AttemptError, Job};
use crate::registry::Done;
use crate::transition::{Decision, Event, Place, SUSPECT_AFTER_DEATHS, Snapshot, transition};

/// What a handler brought back.
#[derive(Debug)]
pub enum Outcome {
    /// It is done.
    Done(Done),
    /// It is not done, for this reason.
    Failed(JobError),
    /// The attempt ended badly without the handler having a say: a panic, a time-out.
    Broken(AttemptError),
    /// It was interrupted from outside, through no fault of its own.
    Interrupted,
}

/// Decides how a claim ends: the rules of [`transition`](crate::transition()) with the job's own delays or else those
/// of `backoff`, its kind's.
///
/// Pure: `error` writes down a failure, `fraction` in `0.0..1.0` places the delay within the jitter.
pub fn judge(
    job: &ClaimedJob,
    outcome: Outcome,
    backoff: &Backoff,
    fraction: f64,
    error: impl FnOnce(&JobError) -> AttemptError,
) -> Verdict {
    let backoff = job.backoff.as_ref().unwrap_or(backoff);
    match outcome {
        Outcome::Done(Done { result, children }) => Verdict::Complete { result, children },
        Outcome::Interrupted | Outcome::Failed(JobError::Interrupted) => Verdict::Release,
        Outcome::Failed(JobError::Cancelled) => Verdict::Cancel,
        Outcome::Failed(JobError::Snooze { after, reason }) => Verdict::Snooze { after, reason },
        Outcome::Failed(JobError::RateLimited { retry_after, message }) => {
            Verdict::Snooze { after: retry_after, reason: Some(message) }
        }
        Outcome::Failed(failure @ JobError::Permanent { .. }) => Verdict::Discard { error: error(&failure) },
        Outcome::Failed(failure @ JobError::Transient { retry_after, .. }) => {
            let after = retry_after.unwrap_or_else(|| backoff.delay(job.attempt, fraction));
            retry_or_discard(job, after, error(&failure))
        }
        Outcome::Broken(error) => retry_or_discard(job, backoff.delay(job.attempt, fraction), error),
    }
}

fn retry_or_discard(job: &ClaimedJob, after: std::time::Duration, error: AttemptError) -> Verdict {
    let running = Snapshot {
        state: JobState::Running,
        attempt: job.attempt,
        max_attempts: job.max_attempts.get(),
        deaths: job.deaths,
        alone: job.suspect,
        cancel_requested: false,
    };
    match transition(running, Event::FailTransient) {
        Decision::Change(change) if change.after.state == JobState::Retryable => {
            Verdict::Retry { after, error }
        }
        Decision::Change(_) | Decision::Refuse => Verdict::Discard { error },
    }
}

/// Decides what becomes of a job whose worker died; `error` writes the evidence should the job be poison.
/// `None` when the job is not running any more.
pub fn judge_lost(job: &Job, error: impl FnOnce(u8) -> AttemptError) -> Option<RescueVerdict> {
    let Decision::Change(change) = transition(job.snapshot(), Event::Lost) else { return None };
    let deaths = change.after.deaths;
    Some(match change.place {
        Some(place) => RescueVerdict::Revive { deaths, suspect: place == Place::Suspects },
        None if change.after.state == JobState::Cancelled => {
            // The engine ends a job with a requested cancellation as cancelled, whatever the verdict.
            RescueVerdict::Revive { deaths, suspect: deaths >= SUSPECT_AFTER_DEATHS }
        }
        None => RescueVerdict::Discard { deaths, error: error(deaths) },
    })
}

/// Decides what becomes of a job whose attempt ran past its time under a worker that did not stop it. `None`
/// when the job is not running any more.
pub fn judge_overdue(
    job: &Job,
    backoff: &Backoff,
    fraction: f64,
    error: AttemptError,
) -> Option<RescueVerdict> {
    let Decision::Change(change) = transition(job.snapshot(), Event::FailTransient) else { return None };
    let backoff = job.backoff.as_ref().unwrap_or(backoff);
    Some(match change.after.state {
        JobState::Discarded => RescueVerdict::Discard { deaths: job.deaths, error },
        _ => RescueVerdict::Retry { after: backoff.delay(job.attempt, fraction), error },
    })
}

impl Job {
    /// What the rules of [`transition`](crate::transition()) need to know of this job.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            state: self.state,
            attempt: self.attempt,
            max_attempts: self.max_attempts.get(),
            deaths: self.deaths,
            alone: self.alone,
            cancel_requested: self.cancel_requested,
        }
    }
}
