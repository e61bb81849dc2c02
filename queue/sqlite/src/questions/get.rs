use bytes::Bytes;
use rusqlite::{Connection, Row};
use tracing::error;
use windlass_queue::{AttemptError, Inspected, Job, LogLine, Progress, Records};
use windlass_shared::{ClaimNumber, Incarnation, JobId, Percent, Timestamp};

use super::policy::policy;
use super::records::records_of;
use crate::extras::Extras;
use crate::fault::Fault;
use crate::features::Features;
use crate::stored;

/// The jobs with these ids.
pub(crate) fn get(connection: &Connection, now: Timestamp, jobs: &[JobId]) -> Result<Inspected, Fault> {
    jobs.iter().map(|id| seq(connection, *id)?.map(|seq| in_full(connection, now, seq)).transpose()).collect()
}

/// The jobs with these ids without their logs and records, as far as they can be read.
pub(crate) fn glance(connection: &Connection, now: Timestamp, jobs: &[JobId]) -> Result<Inspected, Fault> {
    let mut inspected = Vec::with_capacity(jobs.len());
    for id in jobs {
        inspected.push(match seq(connection, *id)?.map(|seq| load(connection, now, seq)).transpose() {
            Err(Fault::Corrupt(detail)) => {
                error!(job.id = %id, detail, "a job cannot be read; it is passed over");
                None
            }
            job => job?,
        });
    }
    Ok(inspected)
}

fn seq(connection: &Connection, id: JobId) -> Result<Option<i64>, Fault> {
    const SEQ: &str = "SELECT seq FROM jobs WHERE id = ?1";
    let mut statement = connection.prepare_cached(SEQ)?;
    let mut rows = statement.query([id.as_bytes()])?;
    Ok(rows.next()?.map(|row| row.get("seq")).transpose()?)
}

fn in_full(connection: &Connection, now: Timestamp, seq: i64) -> Result<Job, Fault> {
    let (log, records) = (log(connection, seq)?, records_of(connection, seq)?);
    Ok(Job { log, records, ..load(connection, now, seq)? })
}

/// The job in a row that exists, without its log and its records.
pub(super) fn load(connection: &Connection, now: Timestamp, seq: i64) -> Result<Job, Fault> {
    const JOB: &str = "SELECT * FROM jobs JOIN payloads ON job = seq JOIN queues ON number = queue
        WHERE seq = ?1";
    let mut statement = connection.prepare_cached(JOB)?;
    let mut rows = statement.query([seq])?;
    let row = rows.next()?.ok_or_else(|| Fault::Corrupt(format!("the job in row {seq} is incomplete")))?;
    let features = Features::read(row, "features")?;
    let Extras { backoff, batch, unique } = Extras::of(connection, seq, features)?;
    Ok(Job {
        id: stored::id(row, "id")?,
        queue: stored::name(row, "name")?,
        kind: stored::name(row, "kind")?,
        tenant: stored::name(row, "tenant")?,
        state: stored::state(row, "state")?,
        priority: stored::priority(row, "priority")?,
        attempt: row.get("attempt")?,
        max_attempts: stored::max_attempts(row, "max_attempts")?,
        claims: row.get("claims")?,
        deaths: row.get("deaths")?,
        alone: row.get("alone")?,
        cancel_requested: row.get("cancel_requested")?,
        timeout: stored::duration(row, "timeout")?,
        tags: stored::tags(row, "tags")?,
        args: Bytes::from(row.get::<_, Vec<u8>>("args")?),
        created_at: stored::instant(row, "created_at")?,
        run_at: stored::instant(row, "run_at")?,
        attempted_at: stored::instant_if_any(row, "attempted_at")?,
        finished_at: stored::instant_if_any(row, "finished_at")?,
        worker: row.get::<_, Option<_>>("worker")?.map(Incarnation::from_bytes),
        progress: progress(row)?,
        result: result(connection, now, row)?,
        errors: errors(connection, seq)?,
        log: Vec::new(),
        backoff,
        expires_at: stored::instant_if_any(row, "expires_at")?,
        limit_key: stored::name_if_any(row, "limit_key")?,
        unique,
        batch,
        records: Records::default(),
    })
}

fn progress(row: &Row<'_>) -> Result<Progress, Fault> {
    Ok(Progress { percent: Percent::saturating(row.get("percent")?), message: row.get("message")? })
}

/// The result, unless the queue's own policy says that it is too old by now. The caretaker drops it some time later. How
/// long results are kept where the queue says nothing is known to the caretakers alone.
fn result(connection: &Connection, now: Timestamp, row: &Row<'_>) -> Result<Option<Bytes>, Fault> {
    let Some(result) = row.get::<_, Option<Vec<u8>>>("result")? else { return Ok(None) };
    let retention = policy(connection, stored::queue_number(row, "queue")?)?.retention;
    let finished_at = stored::instant(row, "finished_at")?;
    let is_kept = retention.is_none_or(|retention| finished_at >= retention.results_before(now));
    Ok(is_kept.then(|| Bytes::from(result)))
}

fn errors(connection: &Connection, seq: i64) -> Result<Vec<AttemptError>, Fault> {
    const SQL: &str =
        "SELECT claim, attempt, at, reason, message FROM failures WHERE job = ?1 ORDER BY number";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([seq])?;
    let mut errors = Vec::new();
    while let Some(row) = rows.next()? {
        errors.push(AttemptError {
            attempt: row.get("attempt")?,
            claim: ClaimNumber::new(row.get("claim")?),
            at: stored::instant(row, "at")?,
            reason: stored::reason(row)?,
            message: row.get("message")?,
        });
    }
    Ok(errors)
}

fn log(connection: &Connection, seq: i64) -> Result<Vec<LogLine>, Fault> {
    const SQL: &str = "SELECT at, attempt, line FROM log_lines WHERE job = ?1 ORDER BY number";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([seq])?;
    let mut log = Vec::new();
    while let Some(row) = rows.next()? {
        log.push(LogLine {
            at: stored::instant(row, "at")?,
            attempt: row.get("attempt")?,
            line: row.get("line")?,
        });
    }
    Ok(log)
}
