use std::time::Duration;

use windlass_queue::{
    AttemptError, Change, Decision, Event, EventVerb, Fenced, Place, Rescue, RescueVerdict, Snapshot,
    transition,
};

use super::ending::{By, Ending, end};
use super::failure;
use super::standing::Standing;
use crate::fault::Fault;
use crate::turn::Turn;

/// Ends claims in the place of workers that cannot.
pub(crate) fn rescue(turn: &mut Turn<'_>, rescues: &[Rescue]) -> Result<Vec<Fenced>, Fault> {
    rescues.iter().map(|rescue| rescue_one(turn, rescue)).collect()
}

fn rescue_one(turn: &mut Turn<'_>, rescue: &Rescue) -> Result<Fenced, Fault> {
    let Rescue { claim, verdict } = rescue;
    let Some(job) = Standing::of(turn, claim.job)?.filter(|job| job.is_held_by(claim.token)) else {
        return Ok(Fenced::Stale);
    };
    let Some(change) = decide(job.snapshot, verdict) else { return Ok(Fenced::Stale) };
    let (after, error) = extras(verdict);
    if let Some(error) = error {
        failure::record(turn, &job, error)?;
    }
    let ending = Ending { change, verb: verb(verdict), by: By::Rescuer, after, result: None, message: None };
    end(turn, &job, &ending)?;
    Ok(Fenced::Applied)
}

/// What a verdict does to a running job. The rescuer has counted attempts and deaths already.
fn decide(job: Snapshot, verdict: &RescueVerdict) -> Option<Change> {
    let event = match verdict {
        // Like a loss, a release gives the attempt back and the place in front.
        RescueVerdict::Revive { .. } => Event::Release,
        RescueVerdict::Retry { .. } => Event::FailTransient,
        RescueVerdict::Discard { .. } => Event::FailPermanent,
    };
    let Decision::Change(mut change) = transition(Snapshot { max_attempts: u16::MAX, ..job }, event) else {
        return None;
    };
    match *verdict {
        RescueVerdict::Revive { deaths, suspect } => {
            change.after.deaths = deaths;
            change.place = change.place.map(|_| if suspect { Place::Suspects } else { Place::Front });
        }
        RescueVerdict::Discard { deaths, .. } => {
            // A death is no attempt, and that of an attempt that took too long is none.
            if deaths > job.deaths && !job.cancel_requested {
                change.after.attempt = job.attempt.saturating_sub(1);
            }
            change.after.deaths = deaths;
        }
        RescueVerdict::Retry { .. } => {}
    }
    Some(change)
}

const fn verb(verdict: &RescueVerdict) -> EventVerb {
    match verdict {
        RescueVerdict::Revive { .. } => EventVerb::Rescue,
        RescueVerdict::Retry { .. } => EventVerb::Retry,
        RescueVerdict::Discard { .. } => EventVerb::Discard,
    }
}

fn extras(verdict: &RescueVerdict) -> (Duration, Option<&AttemptError>) {
    match verdict {
        RescueVerdict::Revive { .. } => (Duration::ZERO, None),
        RescueVerdict::Retry { after, error } => (*after, Some(error)),
        RescueVerdict::Discard { error, .. } => (Duration::ZERO, Some(error)),
    }
}
