use rusqlite::params;
use windlass_queue::{AttemptError, MAX_ERRORS, MAX_TEXT_BYTES, truncated};
use windlass_shared::ClaimNumber;

use crate::fault::Fault;
use crate::stored::{limit, reason_word};
use crate::turn::Turn;

/// Notes how a claim failed, and forgets all but the newest failures of the job.
pub(super) fn record(
    turn: &Turn<'_>,
    seq: i64,
    claim: ClaimNumber,
    error: &AttemptError,
) -> Result<(), Fault> {
    const STORE: &str = "INSERT OR REPLACE INTO failures (job, claim, attempt, at, reason, message)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    const TRIM: &str = "DELETE FROM failures WHERE job = ?1 AND claim <=
        (SELECT claim FROM failures WHERE job = ?1 ORDER BY claim DESC LIMIT 1 OFFSET ?2)";
    turn.prepare(STORE)?.execute(params![
        seq,
        claim.get(),
        error.attempt,
        error.at.as_millis(),
        reason_word(error.reason),
        truncated(&error.message, MAX_TEXT_BYTES),
    ])?;
    turn.prepare(TRIM)?.execute(params![seq, limit(MAX_ERRORS)])?;
    Ok(())
}
