use std::time::Duration;

use rusqlite::params;
use windlass_queue::{Change, EventVerb, MAX_TEXT_BYTES, Place, truncated};
use windlass_shared::JobState;

use super::passage::pass;
use super::standing::Standing;
use crate::fault::Fault;
use crate::stored::{LANE, SUSPECTS};
use crate::turn::Turn;

/// How a claim ends: the change that the rules demand, and what comes with it.
#[derive(Debug)]
pub(super) struct Ending<'a> {
    pub(super) change: Change,
    /// The word for it.
    pub(super) verb: EventVerb,
    pub(super) by: By,
    /// How long the job waits, should it wait now.
    pub(super) after: Duration,
    pub(super) result: Option<&'a [u8]>,
    /// What the job waits for, should it wait now.
    pub(super) message: Option<&'a str>,
}

/// Who ends a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The worker that claimed. Should it say so again, it gets the same answer.
    Owner,
    /// Somebody else, in its place.
    Rescuer,
}

/// Ends the current claim of a job.
pub(super) fn end(turn: &mut Turn<'_>, job: &Standing, ending: &Ending<'_>) -> Result<(), Fault> {
    const SQL: &str = "UPDATE jobs SET state = ?2, attempt = ?3, deaths = ?4, place = ?5, alone = 0,
        cancel_requested = 0, ends = ends | ?6, run_at = coalesce(?7, run_at), finished_at = ?8, result = ?9,
        message = coalesce(?10, message) WHERE seq = ?1";
    let after = ending.change.after;
    let waits = matches!(after.state, JobState::Scheduled | JobState::Retryable);
    let run_at = waits.then(|| turn.now().plus(ending.after));
    let finished_at = after.state.is_final().then(|| turn.now());
    turn.prepare(SQL)?.execute(params![
        job.seq,
        after.state.code(),
        after.attempt,
        after.deaths,
        if ending.change.place == Some(Place::Suspects) { SUSPECTS } else { LANE },
        u8::from(ending.by == By::Owner),
        run_at.map(windlass_shared::Timestamp::as_millis),
        finished_at.map(windlass_shared::Timestamp::as_millis),
        ending.result,
        ending.message.filter(|_| waits).map(|message| truncated(message, MAX_TEXT_BYTES)),
    ])?;
    if let Some(run_at) = run_at {
        turn.waits(job.queue, run_at);
    }
    let is_cancelled = after.state == JobState::Cancelled;
    turn.tell(if is_cancelled { EventVerb::Cancel } else { ending.verb }, job, Some(after.state));
    pass(turn, job, Some(after.state))
}
