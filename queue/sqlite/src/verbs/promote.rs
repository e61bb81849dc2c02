use rusqlite::{OptionalExtension, params};
use windlass_queue::Promoted;
use windlass_shared::{JobState, QueueName, QueueNumber, TenantId, Timestamp};

use super::expiry::expire_due;
use super::queue_number::queue_number;
use super::unique::{end_periods, next_end};
use super::wake::rouse;
use super::{lifts, ruled};
use crate::fault::Fault;
use crate::stored::{limit, name, place_after};
use crate::turn::Turn;

/// Moves up to `most` due jobs to the backs of their lanes, earliest first, and does what else is due.
pub(crate) fn promote(turn: &mut Turn<'_>, queue: &QueueName, most: usize) -> Result<Promoted, Fault> {
    let queue = queue_number(turn, queue)?;
    let count = promote_due(turn, queue, most)?;
    if count == 0 {
        rouse(turn, queue)?;
    }
    lifts::forget_idle(turn, queue, most)?;
    ruled::refresh(turn, queue)?;
    let next_due = next_due(turn, queue)?.map(|due| due.since(turn.now()));
    Ok(Promoted { count, next_due })
}

/// Does what is due: discards what has expired, hands over keys, lifts what has lifted, and makes jobs available;
/// answers how many those are.
pub(super) fn promote_due(turn: &mut Turn<'_>, queue: QueueNumber, most: usize) -> Result<usize, Fault> {
    const SQL: &str = "UPDATE jobs SET state = 3, place = ?2, position = ?3 WHERE seq = ?1";
    expire_due(turn, queue, most)?;
    end_periods(turn, queue, most)?;
    if turn.is_ruled(queue)? {
        lifts::lift_due(turn, queue)?;
    }
    let due = due(turn, queue, most)?;
    if due.is_empty() {
        return Ok(0);
    }
    let mut position = turn.move_back(queue, due.len())?;
    let mut statement = turn.prepare(SQL)?;
    for Due { seq, tenant, deaths, from, .. } in &due {
        position += 1;
        statement.execute(params![seq, place_after(*deaths), position])?;
        turn.count(queue, Some(*from), Some(JobState::Available));
        turn.stands(queue, tenant)?;
    }
    Ok(due.len())
}

/// When the next job of the queue is due, comes to its key by the end of a period, or is let through by itself.
pub(crate) fn next_due(turn: &mut Turn<'_>, queue: QueueNumber) -> Result<Option<Timestamp>, Fault> {
    const SQL: &str = "SELECT run_at FROM jobs WHERE queue = ?1 AND state = ?2 AND state IN (1, 5)
        ORDER BY run_at LIMIT 1";
    let mut earliest = next_end(turn, queue)?;
    if turn.is_ruled(queue)? {
        earliest = [earliest, lifts::next_opening(turn, queue)?].into_iter().flatten().min();
    }
    let mut statement = turn.prepare(SQL)?;
    for state in [JobState::Scheduled, JobState::Retryable] {
        let next: Option<i64> =
            statement.query_row(params![queue.get(), state.code()], |row| row.get(0)).optional()?;
        earliest = [earliest, next.map(Timestamp::from_millis)].into_iter().flatten().min();
    }
    Ok(earliest)
}

struct Due {
    seq: i64,
    tenant: TenantId,
    deaths: u8,
    run_at: i64,
    from: JobState,
}

/// The jobs that are due, earliest first.
fn due(turn: &Turn<'_>, queue: QueueNumber, most: usize) -> Result<Vec<Due>, Fault> {
    const SQL: &str = "SELECT seq, tenant, deaths, run_at FROM jobs
        WHERE queue = ?1 AND state = ?2 AND state IN (1, 5) AND run_at <= ?3 ORDER BY run_at, seq LIMIT ?4";
    let mut due = Vec::new();
    for from in [JobState::Scheduled, JobState::Retryable] {
        let mut statement = turn.prepare(SQL)?;
        let which = params![queue.get(), from.code(), turn.now().as_millis(), limit(most)];
        let mut rows = statement.query(which)?;
        while let Some(row) = rows.next()? {
            let (seq, deaths, run_at) = (row.get("seq")?, row.get("deaths")?, row.get("run_at")?);
            due.push(Due { seq, tenant: name(row, "tenant")?, deaths, run_at, from });
        }
    }
    due.sort_unstable_by_key(|due| (due.run_at, due.seq));
    due.truncate(most);
    Ok(due)
}
