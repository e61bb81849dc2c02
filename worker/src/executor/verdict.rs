use bytes::Bytes;
use windlass_queue::{
    AttemptError, ClaimedJob, Done, ErrorReason, JobError, MAX_PAYLOAD_BYTES, MAX_TEXT_BYTES, Outcome,
    RunError, Verdict, judge, truncated,
};
use windlass_shared::{Backoff, Timestamp};

use super::attempt::{Cause, Ended, Handling};

/// What follows from the end of an attempt. Pure: `fraction` places a delay within its jitter.
pub(super) fn verdict(
    job: &ClaimedJob,
    ended: Ended,
    backoff: &Backoff,
    fraction: f64,
    now: Timestamp,
) -> Verdict {
    let error = |reason, message: &str| AttemptError {
        attempt: job.attempt,
        claim: job.claim.token.number,
        at: now,
        reason,
        message: truncated(message, MAX_TEXT_BYTES).to_owned(),
    };
    let outcome = match ended {
        Ended::Returned(Ok(done)) => bounded(done),
        Ended::Returned(Err(RunError::Job(failure))) => Outcome::Failed(failure),
        // No attempt will read these arguments better than this one.
        Ended::Returned(Err(RunError::Undecodable(detail))) => {
            let message = format!("the args are not what kind {} takes: {detail}", job.kind);
            return Verdict::Discard { error: error(ErrorReason::Undecodable, &message) };
        }
        Ended::Panicked(message) => Outcome::Broken(error(ErrorReason::Panic, &message)),
        Ended::Stopped(Cause::TimedOut, handling) => {
            let message = match handling {
                Handling::Dropped => format!("the attempt took longer than the {:?} it may", job.timeout),
                Handling::Stuck => format!(
                    "the attempt took longer than the {:?} it may, and its handler blocks its thread and did not stop; \
                     a kind that computes should run on threads of its own (Execution::Blocking) and look at its \
                     cancellation",
                    job.timeout
                ),
            };
            Outcome::Broken(error(ErrorReason::Timeout, &message))
        }
        Ended::Stopped(Cause::Interrupted, _) => Outcome::Interrupted,
        Ended::Stopped(Cause::Cancelled, _) => Outcome::Failed(JobError::Cancelled),
    };
    let described = |failure: &JobError| {
        let (reason, message) = describe(failure);
        error(reason, message)
    };
    shortened(judge(job, outcome, backoff, fraction, described))
}

fn bounded(done: Done) -> Outcome {
    match done.result.as_ref().map_or(0, Bytes::len) {
        bytes if bytes > MAX_PAYLOAD_BYTES => Outcome::Failed(JobError::permanent(format!(
            "the work was done, but its result has {bytes} bytes and at most {MAX_PAYLOAD_BYTES} are stored; return a \
             reference to it instead"
        ))),
        _ => Outcome::Done(done),
    }
}

fn describe(failure: &JobError) -> (ErrorReason, &str) {
    match failure {
        JobError::Permanent { message } => (ErrorReason::Permanent, message),
        JobError::Transient { message, .. } | JobError::RateLimited { message, .. } => {
            (ErrorReason::Transient, message)
        }
        JobError::Snooze { reason, .. } => (ErrorReason::Transient, reason.as_deref().unwrap_or_default()),
        JobError::Cancelled => (ErrorReason::Transient, "cancelled"),
        JobError::Interrupted => (ErrorReason::Transient, "interrupted"),
    }
}

fn shortened(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Snooze { after, reason: Some(reason) } => {
            Verdict::Snooze { after, reason: Some(truncated(&reason, MAX_TEXT_BYTES).to_owned()) }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use windlass_shared::{
        Claim, ClaimNumber, Incarnation, JobId, LeaseToken, MaxAttempts, Priority, TenantId,
    };

    use super::*;

    fn job() -> ClaimedJob {
        let token = LeaseToken { worker: Incarnation::from_bytes([1; 8]), number: ClaimNumber::new(1) };
        ClaimedJob {
            claim: Claim { job: JobId::from_bytes([2; 16]), token },
            kind: "test.kind".parse().unwrap(),
            tenant: TenantId::default(),
            priority: Priority::default(),
            attempt: 1,
            max_attempts: MaxAttempts::new(2).unwrap(),
            deaths: 0,
            suspect: false,
            timeout: Duration::from_secs(1),
            created_at: Timestamp::from_millis(0),
            attempted_at: Timestamp::from_millis(0),
            tags: Vec::new(),
            args: Bytes::from_static(b"{}"),
            backoff: None,
            expires_at: None,
            limit_key: None,
            batch: None,
            has_records: false,
        }
    }

    fn verdict_of(ended: Ended) -> Verdict {
        verdict(&job(), ended, &Backoff::default(), 0.5, Timestamp::from_millis(7))
    }

    fn stopped(cause: Cause) -> Ended {
        Ended::Stopped(cause, Handling::Dropped)
    }

    fn returned(result: Bytes) -> Ended {
        Ended::Returned(Ok(Done { result: Some(result), children: Vec::new() }))
    }

    fn failed(failure: JobError) -> Ended {
        Ended::Returned(Err(RunError::Job(failure)))
    }

    #[test]
    fn a_panic_and_a_time_out_are_failed_attempts_with_their_reason() {
        for (ended, reason, text) in [
            (Ended::Panicked("boom".to_owned()), ErrorReason::Panic, "boom"),
            (stopped(Cause::TimedOut), ErrorReason::Timeout, "longer than the 1s"),
            (Ended::Stopped(Cause::TimedOut, Handling::Stuck), ErrorReason::Timeout, "blocks its thread"),
        ] {
            let Verdict::Retry { error, .. } = verdict_of(ended) else { panic!("not retried") };
            assert_eq!((error.reason, error.attempt), (reason, 1));
            assert!(error.message.contains(text), "{}", error.message);
        }
    }

    #[test]
    fn arguments_that_cannot_be_read_discard_the_job_at_once() {
        let ended = Ended::Returned(Err(RunError::Undecodable("missing field `to`".to_owned())));
        let Verdict::Discard { error } = verdict_of(ended) else { panic!("not discarded") };
        assert_eq!(error.reason, ErrorReason::Undecodable);
        assert!(error.message.contains("test.kind") && error.message.contains("`to`"));
    }

    #[test]
    fn a_result_that_cannot_be_stored_discards_the_job_and_says_why() {
        let result = Bytes::from(vec![b'1'; MAX_PAYLOAD_BYTES + 1]);
        let Verdict::Discard { error } = verdict_of(returned(result)) else { panic!("not discarded") };
        assert!(error.message.contains("65537 bytes"), "{}", error.message);
        let fits = Bytes::from(vec![b'1'; MAX_PAYLOAD_BYTES]);
        assert!(matches!(verdict_of(returned(fits)), Verdict::Complete { .. }));
    }

    #[test]
    fn long_messages_are_cut() {
        let long = "x".repeat(MAX_TEXT_BYTES + 1);
        let Verdict::Retry { error, .. } = verdict_of(failed(JobError::transient(long.clone()))) else {
            panic!("not retried")
        };
        assert_eq!(error.message.len(), MAX_TEXT_BYTES);
        let snooze = JobError::Snooze { after: Duration::ZERO, reason: Some(long) };
        let Verdict::Snooze { reason: Some(reason), .. } = verdict_of(failed(snooze)) else {
            panic!("not snoozed")
        };
        assert_eq!(reason.len(), MAX_TEXT_BYTES);
    }

    #[test]
    fn an_interruption_gives_the_job_back() {
        for ended in [stopped(Cause::Interrupted), failed(JobError::Interrupted)] {
            assert!(matches!(verdict_of(ended), Verdict::Release));
        }
    }

    #[test]
    fn a_handler_that_goes_on_after_a_cancellation_ends_as_one_that_stops() {
        for ended in [stopped(Cause::Cancelled), failed(JobError::Cancelled)] {
            assert!(matches!(verdict_of(ended), Verdict::Cancel));
        }
    }
}
