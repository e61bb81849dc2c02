use rusqlite::params;
use windlass_queue::{AttemptError, MAX_ERRORS, MAX_TEXT_BYTES, truncated};

use super::standing::Standing;
use crate::fault::Fault;
use crate::stored::{limit, reason_word};
use crate::turn::Turn;

/// Notes how a job failed, when, and with which claim, and forgets all but the newest of its failures.
pub(super) fn record(turn: &Turn<'_>, job: &Standing, error: &AttemptError) -> Result<(), Fault> {
    const STORE: &str = "INSERT INTO failures (job, number, claim, attempt, at, reason, message)
        SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6 FROM failures WHERE job = ?1 RETURNING number";
    const TRIM: &str = "DELETE FROM failures WHERE job = ?1 AND number <= ?2";
    let stored = params![
        job.seq,
        job.claims,
        error.attempt,
        turn.now().as_millis(),
        reason_word(error.reason),
        truncated(&error.message, MAX_TEXT_BYTES),
    ];
    let number: i64 = turn.prepare(STORE)?.query_row(stored, |row| row.get(0))?;
    turn.prepare(TRIM)?.execute(params![job.seq, number - limit(MAX_ERRORS)])?;
    Ok(())
}
