use serde_json::json;
use windlass_queue::{AttemptError, ErrorReason, EventVerb, Job, JobEvent};
use windlass_shared::{ClaimNumber, JobState, Timestamp};
use windlass_store::{JobEnd, Verb};

use super::Payloads;
use crate::archive::Details;

/// The row that an event of a job comes to; `None` for a deletion, which leaves none.
///
/// The job is as it is now, perhaps some attempts later. What it says of its newest claim belongs into the row only if that
/// is the one that the event is about.
pub(super) fn of_event(event: &JobEvent, job: &Job, payloads: Payloads) -> Option<JobEnd> {
    let (verb, state) = (verb(event.verb)?, event.state?);
    let end = End { claim: event.claim, at: event.at, verb, state };
    Some(row(&end, job, payloads))
}

/// The rows that a job still tells of: its end, where it has ended, and its failed attempts as far as it keeps them.
pub(super) fn of_retained(job: &Job, payloads: Payloads) -> Vec<JobEnd> {
    let claim = ClaimNumber::new(job.claims);
    let last = job.finished_at.filter(|_| job.state.is_final());
    let last = last.map(|at| End { claim, at, verb: last_verb(job, at), state: job.state });
    let ended_at = last.as_ref().map(|last| last.at);
    let is_before = |error: &&AttemptError| Some(error.at) != ended_at || error.claim != claim;
    let failed = job.errors.iter().filter(is_before).map(|error| End {
        claim: error.claim,
        at: error.at,
        // An error that did not end the job was followed by another attempt, or the job was redriven.
        verb: if is_final(error.reason) { Verb::Discard } else { Verb::Retry },
        state: if is_final(error.reason) { JobState::Discarded } else { JobState::Retryable },
    });
    failed.chain(last).map(|end| row(&end, job, payloads)).collect()
}

/// An end as its row is keyed.
struct End {
    claim: ClaimNumber,
    at: Timestamp,
    verb: Verb,
    state: JobState,
}

fn row(end: &End, job: &Job, payloads: Payloads) -> JobEnd {
    let is_newest = job.claims == end.claim.get();
    let error = job.errors.iter().find(|error| error.claim == end.claim && error.at == end.at);
    let is_over = end.state.is_final() && job.finished_at == Some(end.at);
    let kept = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let has_payloads = is_over && payloads == Payloads::Keep;
    JobEnd {
        job: job.id,
        claim: end.claim,
        ended_at: end.at,
        organization: job.tenant.clone(),
        queue: job.queue.clone(),
        kind: job.kind.clone(),
        verb: end.verb,
        state: end.state,
        attempt: error.filter(|_| !is_over).map_or(job.attempt, |error| error.attempt),
        max_attempts: job.max_attempts,
        priority: job.priority,
        tags: job.tags.clone(),
        created_at: job.created_at,
        attempted_at: job.attempted_at.filter(|_| is_newest),
        worker: job.worker.filter(|_| is_newest).map(|worker| worker.to_string()),
        error_reason: error.map(|error| word(error.reason)),
        error: error.map(|error| error.message.clone()),
        args: has_payloads.then(|| kept(&job.args)),
        result: job.result.as_deref().filter(|_| has_payloads).map(kept),
        details: is_over.then(|| json!(Details::of(job))),
    }
}

/// The same verb in the words of the history; a deletion leaves nothing.
pub(super) const fn verb(verb: EventVerb) -> Option<Verb> {
    match verb {
        EventVerb::Complete => Some(Verb::Complete),
        EventVerb::Retry => Some(Verb::Retry),
        EventVerb::Discard => Some(Verb::Discard),
        EventVerb::Snooze => Some(Verb::Snooze),
        EventVerb::Release => Some(Verb::Release),
        EventVerb::Cancel => Some(Verb::Cancel),
        EventVerb::Rescue => Some(Verb::Rescue),
        EventVerb::Expire => Some(Verb::Expire),
        EventVerb::Delete => None,
    }
}

fn last_verb(job: &Job, ended_at: Timestamp) -> Verb {
    let expired = |error: &AttemptError| error.reason == ErrorReason::Expired && error.at == ended_at;
    match job.state {
        JobState::Cancelled => Verb::Cancel,
        JobState::Discarded if job.errors.last().is_some_and(expired) => Verb::Expire,
        JobState::Discarded => Verb::Discard,
        JobState::Completed
        | JobState::Scheduled
        | JobState::Pending
        | JobState::Available
        | JobState::Running
        | JobState::Retryable => Verb::Complete,
    }
}

/// Whether no attempt follows an error like this.
const fn is_final(reason: ErrorReason) -> bool {
    match reason {
        ErrorReason::Permanent | ErrorReason::Undecodable | ErrorReason::Poison | ErrorReason::Expired => {
            true
        }
        ErrorReason::Transient | ErrorReason::Panic | ErrorReason::Timeout => false,
    }
}

/// The word that the API has for it.
fn word(reason: ErrorReason) -> String {
    json!(reason).as_str().unwrap_or_default().to_owned()
}
