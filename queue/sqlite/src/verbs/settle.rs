use std::time::Duration;

use windlass_queue::{
    AttemptError, Change, Decision, Event, EventVerb, NewJob, SUSPECT_AFTER_DEATHS, Settled, Settlement,
    Snapshot, Verdict, transition,
};

use super::ending::{By, Ending, end};
use super::enqueue::accept;
use super::failure;
use super::slots;
use super::standing::Standing;
use crate::fault::Fault;
use crate::turn::Turn;

/// Ends claims for the workers that hold them.
pub(crate) fn settle(turn: &mut Turn<'_>, settlements: &[Settlement]) -> Result<Vec<Settled>, Fault> {
    settlements.iter().map(|settlement| settle_one(turn, settlement)).collect()
}

fn settle_one(turn: &mut Turn<'_>, settlement: &Settlement) -> Result<Settled, Fault> {
    let Settlement { claim, verdict, .. } = settlement;
    let Some(job) = Standing::of(turn, claim.job)? else { return Ok(Settled::Stale) };
    if !job.is_held_by(claim.token) {
        let was_settled = job.was_settled_by(claim.token);
        return Ok(if was_settled { Settled::Applied { state: job.snapshot.state } } else { Settled::Stale });
    }
    let Some(change) = decide(job.snapshot, verdict) else { return Ok(Settled::Stale) };
    let is_suspect = job.snapshot.deaths >= SUSPECT_AFTER_DEATHS;
    if matches!(verdict, Verdict::Release) && is_suspect && !job.snapshot.alone {
        slots::take_back_start(turn, &job)?;
    }
    if let Some(error) = error(verdict) {
        failure::record(turn, &job, error)?;
    }
    let (after, result, message) = extras(verdict);
    end(turn, &job, &Ending { change, verb: verb(verdict), by: By::Owner, after, result, message })?;
    for child in children(verdict) {
        accept(turn, child)?;
    }
    Ok(Settled::Applied { state: change.after.state })
}

/// What a verdict does to a running job. The worker has counted the attempts already, so a retry is a retry.
pub(super) fn decide(job: Snapshot, verdict: &Verdict) -> Option<Change> {
    let (job, event) = match verdict {
        Verdict::Complete { .. } => (job, Event::Complete),
        Verdict::Retry { .. } => (Snapshot { max_attempts: u16::MAX, ..job }, Event::FailTransient),
        Verdict::Discard { .. } => (job, Event::FailPermanent),
        Verdict::Snooze { .. } => (job, Event::Snooze),
        Verdict::Release => (job, Event::Release),
        Verdict::Cancel => (job, Event::Stop),
    };
    match transition(job, event) {
        Decision::Change(change) => Some(change),
        Decision::Refuse => None,
    }
}

fn error(verdict: &Verdict) -> Option<&AttemptError> {
    match verdict {
        Verdict::Retry { error, .. } | Verdict::Discard { error } => Some(error),
        Verdict::Complete { .. } | Verdict::Snooze { .. } | Verdict::Release | Verdict::Cancel => None,
    }
}

const fn verb(verdict: &Verdict) -> EventVerb {
    match verdict {
        Verdict::Complete { .. } => EventVerb::Complete,
        Verdict::Retry { .. } => EventVerb::Retry,
        Verdict::Discard { .. } => EventVerb::Discard,
        Verdict::Snooze { .. } => EventVerb::Snooze,
        Verdict::Release => EventVerb::Release,
        Verdict::Cancel => EventVerb::Cancel,
    }
}

/// The jobs that follow from the end.
fn children(verdict: &Verdict) -> &[NewJob] {
    match verdict {
        Verdict::Complete { children, .. } => children,
        Verdict::Retry { .. }
        | Verdict::Discard { .. }
        | Verdict::Snooze { .. }
        | Verdict::Release
        | Verdict::Cancel => &[],
    }
}

/// How long to wait, the result, and what it waits for.
fn extras(verdict: &Verdict) -> (Duration, Option<&[u8]>, Option<&str>) {
    match verdict {
        Verdict::Complete { result, .. } => (Duration::ZERO, result.as_deref(), None),
        Verdict::Retry { after, .. } => (*after, None, None),
        Verdict::Snooze { after, reason } => (*after, None, reason.as_deref()),
        Verdict::Discard { .. } | Verdict::Release | Verdict::Cancel => (Duration::ZERO, None, None),
    }
}
