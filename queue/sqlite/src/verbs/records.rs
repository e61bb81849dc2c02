use rusqlite::{OptionalExtension, params};
use windlass_queue::{Fenced, MAX_STEP_BYTES, MAX_STEPS, StepAnswer};
use windlass_shared::{Claim, StepName};

use super::standing::Standing;
use crate::fault::Fault;
use crate::features::Features;
use crate::stored::limit;
use crate::turn::Turn;

/// Records the result of a step, unless it has one.
pub(crate) fn record_step(
    turn: &Turn<'_>,
    claim: Claim,
    step: &StepName,
    result: &[u8],
) -> Result<StepAnswer, Fault> {
    const STORE: &str = "INSERT INTO steps (job, name, result) VALUES (?1, ?2, ?3)";
    const COUNT: &str = "INSERT INTO recorded (job, steps, bytes) VALUES (?1, 1, ?2)
        ON CONFLICT DO UPDATE SET steps = steps + 1, bytes = bytes + excluded.bytes";
    let Some(job) = current(turn, claim)? else { return Ok(StepAnswer::Stale) };
    if let Some(earlier) = result_of(turn, job.seq, step)? {
        return Ok(StepAnswer::AlreadyRecorded(earlier.into()));
    }
    if !has_room(turn, job.seq, result.len())? {
        return Ok(StepAnswer::Full);
    }
    turn.prepare(STORE)?.execute(params![job.seq, step.as_str(), result])?;
    turn.prepare(COUNT)?.execute(params![job.seq, limit(result.len())])?;
    mark(turn, &job)?;
    Ok(StepAnswer::Recorded)
}

/// Records how far the work has come.
pub(crate) fn checkpoint(turn: &Turn<'_>, claim: Claim, cursor: &[u8]) -> Result<Fenced, Fault> {
    const SQL: &str = "INSERT OR REPLACE INTO checkpoints (job, cursor) VALUES (?1, ?2)";
    let Some(job) = current(turn, claim)? else { return Ok(Fenced::Stale) };
    turn.prepare(SQL)?.execute(params![job.seq, cursor])?;
    mark(turn, &job)?;
    Ok(Fenced::Applied)
}

/// Forgets all that a job has recorded; answers how many steps that were.
pub(super) fn forget(turn: &Turn<'_>, seq: i64, features: Features) -> Result<usize, Fault> {
    const STEPS: &str = "DELETE FROM steps WHERE job = ?1";
    const REST: [&str; 2] = ["DELETE FROM recorded WHERE job = ?1", "DELETE FROM checkpoints WHERE job = ?1"];
    if !features.has_records() {
        return Ok(0);
    }
    for sql in REST {
        turn.prepare(sql)?.execute([seq])?;
    }
    Ok(turn.prepare(STEPS)?.execute([seq])?)
}

fn current(turn: &Turn<'_>, claim: Claim) -> Result<Option<Standing>, Fault> {
    Ok(Standing::of(turn, claim.job)?.filter(|job| job.is_held_by(claim.token)))
}

fn result_of(turn: &Turn<'_>, seq: i64, step: &StepName) -> Result<Option<Vec<u8>>, Fault> {
    const SQL: &str = "SELECT result FROM steps WHERE job = ?1 AND name = ?2";
    Ok(turn.prepare(SQL)?.query_row(params![seq, step.as_str()], |row| row.get(0)).optional()?)
}

/// Whether a job may record another step with a result of so many bytes.
fn has_room(turn: &Turn<'_>, seq: i64, bytes: usize) -> Result<bool, Fault> {
    const SQL: &str = "SELECT steps, bytes FROM recorded WHERE job = ?1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, usize>(0)?, row.get::<_, usize>(1)?));
    let (steps, stored) = turn.prepare(SQL)?.query_row([seq], read).optional()?.unwrap_or_default();
    Ok(steps < MAX_STEPS && stored.saturating_add(bytes) <= MAX_STEP_BYTES)
}

/// From now on the job is known to have records.
fn mark(turn: &Turn<'_>, job: &Standing) -> Result<(), Fault> {
    const SQL: &str = "UPDATE jobs SET features = features | ?2 WHERE seq = ?1";
    if !job.features.has_records() {
        turn.prepare(SQL)?.execute(params![job.seq, Features::RECORDS])?;
    }
    Ok(())
}
