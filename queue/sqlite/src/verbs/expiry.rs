use rusqlite::params;
use windlass_queue::{AttemptError, Decision, ErrorReason, Event, EventVerb, transition};
use windlass_shared::{ClaimNumber, JobId, JobState, QueueNumber};

use super::failure;
use super::passage::pass;
use super::standing::Standing;
use crate::fault::Fault;
use crate::stored::{id, limit};
use crate::turn::Turn;

/// Discards up to `most` jobs that have not started and are not worth starting any more, earliest first; answers how
/// many.
pub(super) fn expire_due(turn: &mut Turn<'_>, queue: QueueNumber, most: usize) -> Result<usize, Fault> {
    let due = due(turn, queue, most)?;
    for job in &due {
        expire(turn, *job)?;
    }
    Ok(due.len())
}

/// Discards a job whose time to start is over.
pub(super) fn expire(turn: &mut Turn<'_>, id: JobId) -> Result<(), Fault> {
    const SQL: &str = "UPDATE jobs SET state = 8, finished_at = ?2 WHERE seq = ?1";
    let Some(job) = Standing::of(turn, id)? else { return Ok(()) };
    let Decision::Change(_) = transition(job.snapshot, Event::Expire) else { return Ok(()) };
    turn.prepare(SQL)?.execute(params![job.seq, turn.now().as_millis()])?;
    let error = AttemptError {
        attempt: job.snapshot.attempt,
        claim: ClaimNumber::new(job.claims),
        at: turn.now(),
        reason: ErrorReason::Expired,
        message: "its time to start was over before it started".to_owned(),
    };
    failure::record(turn, &job, &error)?;
    turn.tell(EventVerb::Expire, &job, Some(JobState::Discarded));
    pass(turn, &job, Some(JobState::Discarded))
}

fn due(turn: &Turn<'_>, queue: QueueNumber, most: usize) -> Result<Vec<JobId>, Fault> {
    const SQL: &str =
        "SELECT id FROM jobs WHERE queue = ?1 AND expires_at IS NOT NULL AND state <> 4 AND state < 6
        AND expires_at <= ?2 ORDER BY expires_at LIMIT ?3";
    let mut statement = turn.prepare(SQL)?;
    let mut rows = statement.query(params![queue.get(), turn.now().as_millis(), limit(most)])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        due.push(id(row, "id")?);
    }
    Ok(due)
}
