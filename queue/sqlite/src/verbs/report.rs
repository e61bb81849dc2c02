use rusqlite::params;
use windlass_queue::{Fenced, LogLine, MAX_LOG_LINES, MAX_TEXT_BYTES, Progress, Report, truncated};

use super::standing::Standing;
use crate::fault::Fault;
use crate::stored::limit;
use crate::turn::Turn;

/// Stores what running jobs tell about themselves.
pub(crate) fn report(turn: &Turn<'_>, reports: &[Report]) -> Result<Vec<Fenced>, Fault> {
    reports.iter().map(|report| report_one(turn, report)).collect()
}

fn report_one(turn: &Turn<'_>, report: &Report) -> Result<Fenced, Fault> {
    let Report { claim, progress, log } = report;
    let Some(job) = Standing::of(turn, claim.job)?.filter(|job| job.is_held_by(claim.token)) else {
        return Ok(Fenced::Stale);
    };
    if let Some(progress) = progress {
        store_progress(turn, job.seq, progress)?;
    }
    if !log.is_empty() {
        store_log(turn, job.seq, log)?;
    }
    Ok(Fenced::Applied)
}

fn store_progress(turn: &Turn<'_>, seq: i64, progress: &Progress) -> Result<(), Fault> {
    const SQL: &str = "UPDATE jobs SET percent = ?2, message = ?3 WHERE seq = ?1";
    let message = progress.message.as_deref().map(|message| truncated(message, MAX_TEXT_BYTES));
    turn.prepare(SQL)?.execute(params![seq, progress.percent.get(), message])?;
    Ok(())
}

fn store_log(turn: &Turn<'_>, seq: i64, log: &[LogLine]) -> Result<(), Fault> {
    const LAST: &str = "SELECT coalesce(max(number), 0) FROM log_lines WHERE job = ?1";
    const STORE: &str = "INSERT INTO log_lines (job, number, at, attempt, line) VALUES (?1, ?2, ?3, ?4, ?5)";
    const TRIM: &str = "DELETE FROM log_lines WHERE job = ?1 AND number <= ?2";
    let mut number: i64 = turn.prepare(LAST)?.query_row([seq], |row| row.get(0))?;
    let mut store = turn.prepare(STORE)?;
    // Lines that would be trimmed at once are not written first.
    for LogLine { at, attempt, line } in &log[log.len().saturating_sub(MAX_LOG_LINES)..] {
        number += 1;
        store.execute(params![seq, number, at.as_millis(), attempt, truncated(line, MAX_TEXT_BYTES)])?;
    }
    turn.prepare(TRIM)?.execute(params![seq, number - limit(MAX_LOG_LINES)])?;
    Ok(())
}
