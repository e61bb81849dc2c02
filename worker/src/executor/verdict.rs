use bytes::Bytes;
use windlass_queue::{
    AttemptError, ClaimedJob, ErrorReason, JobError, MAX_PAYLOAD_BYTES, MAX_TEXT_BYTES, Outcome, RunError,
    Verdict, judge, truncated,
};
use windlass_shared::{Backoff, Timestamp};

use super::attempt::Ended;

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
        at: now,
        reason,
        message: truncated(message, MAX_TEXT_BYTES).to_owned(),
    };
    let outcome = match ended {
        Ended::Returned(Ok(result)) => bounded(result),
        Ended::Returned(Err(RunError::Job(failure))) => Outcome::Failed(failure),
        // No attempt will read these arguments better than this one.
        Ended::Returned(Err(RunError::Undecodable(detail))) => {
            let message = format!("the args are not what kind {} takes: {detail}", job.kind);
            return Verdict::Discard { error: error(ErrorReason::Undecodable, &message) };
        }
        Ended::Panicked(message) => Outcome::Broken(error(ErrorReason::Panic, &message)),
        Ended::TimedOut => {
            let message = format!("the attempt took longer than the {:?} it may", job.timeout);
            Outcome::Broken(error(ErrorReason::Timeout, &message))
        }
        Ended::Interrupted => Outcome::Interrupted,
    };
    let described = |failure: &JobError| {
        let (reason, message) = describe(failure);
        error(reason, message)
    };
    shortened(judge(job, outcome, backoff, fraction, described))
}

fn bounded(result: Option<Bytes>) -> Outcome {
    match result.as_ref().map_or(0, Bytes::len) {
        bytes if bytes > MAX_PAYLOAD_BYTES => Outcome::Failed(JobError::permanent(format!(
            "the work was done, but its result has {bytes} bytes and at most {MAX_PAYLOAD_BYTES} are stored; return a \
             reference to it instead"
        ))),
        _ => Outcome::Done(result),
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
        }
    }

    fn verdict_of(ended: Ended) -> Verdict {
        verdict(&job(), ended, &Backoff::default(), 0.5, Timestamp::from_millis(7))
    }

    fn failed(failure: JobError) -> Ended {
        Ended::Returned(Err(RunError::Job(failure)))
    }

    #[test]
    fn a_panic_and_a_time_out_are_failed_attempts_with_their_reason() {
        for (ended, reason, text) in [
            (Ended::Panicked("boom".to_owned()), ErrorReason::Panic, "boom"),
            (Ended::TimedOut, ErrorReason::Timeout, "longer than the 1s"),
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
        let Verdict::Discard { error } = verdict_of(Ended::Returned(Ok(Some(result)))) else {
            panic!("not discarded")
        };
        assert!(error.message.contains("65537 bytes"), "{}", error.message);
        let fits = Bytes::from(vec![b'1'; MAX_PAYLOAD_BYTES]);
        assert!(matches!(verdict_of(Ended::Returned(Ok(Some(fits)))), Verdict::Complete { .. }));
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
        assert_eq!(verdict_of(Ended::Interrupted), Verdict::Release);
    }
}
