use std::time::Duration;

use windlass_queue::{AttemptError, ErrorReason, NewJob, Settled, Verdict};
use windlass_shared::{ClaimNumber, JobState, Timestamp};

/// The work is done, without a result.
pub(crate) const fn complete() -> Verdict {
    Verdict::Complete { result: None, children: Vec::new() }
}

/// The work is done, and these jobs follow from it.
pub(crate) const fn complete_with(children: Vec<NewJob>) -> Verdict {
    Verdict::Complete { result: None, children }
}

/// The attempt failed and another one follows.
pub(crate) fn retry(after: Duration) -> Verdict {
    Verdict::Retry { after, error: failure("it failed") }
}

/// The job is given up.
pub(crate) fn discard() -> Verdict {
    Verdict::Discard {
        error: AttemptError { reason: ErrorReason::Permanent, ..failure("it cannot be done") },
    }
}

/// The job comes back later.
pub(crate) const fn snooze(after: Duration) -> Verdict {
    Verdict::Snooze { after, reason: None }
}

/// A failure of a first attempt.
pub(crate) fn failure(message: &str) -> AttemptError {
    AttemptError {
        attempt: 1,
        claim: ClaimNumber::new(1),
        at: Timestamp::from_millis(1_700_000_000_123),
        reason: ErrorReason::Transient,
        message: message.to_owned(),
    }
}

/// Errors as [`failure`] makes them, without what engines note themselves.
pub(crate) fn as_given(errors: Vec<AttemptError>) -> Vec<AttemptError> {
    let given = |error: AttemptError| {
        let AttemptError { claim, at, .. } = failure("");
        AttemptError { claim, at, ..error }
    };
    errors.into_iter().map(given).collect()
}

/// A settlement holds, and this is the state that the job is in.
pub(crate) const fn applied(state: JobState) -> Settled {
    Settled::Applied { state }
}

/// Every verdict, with the state that it leads to from a first attempt.
pub(crate) fn every_ending(after: Duration) -> Vec<(Verdict, JobState)> {
    vec![
        (complete(), JobState::Completed),
        (retry(after), JobState::Retryable),
        (discard(), JobState::Discarded),
        (snooze(after), JobState::Scheduled),
        (Verdict::Release, JobState::Available),
        (Verdict::Cancel, JobState::Cancelled),
    ]
}
