use rusqlite::params;
use windlass_queue::Promoted;
use windlass_shared::{JobState, QueueName, QueueNumber};

use super::queue_number::queue_number;
use super::wake::rouse;
use crate::fault::Fault;
use crate::stored::{limit, place_after};
use crate::turn::{Turn, next_due};

/// Moves up to `most` due jobs to the backs of their lanes, earliest first.
pub(crate) fn promote(turn: &mut Turn<'_>, queue: &QueueName, most: usize) -> Result<Promoted, Fault> {
    let queue = queue_number(turn, queue)?;
    let count = promote_due(turn, queue, most)?;
    if count == 0 {
        rouse(turn, queue)?;
    }
    turn.available(queue, count);
    let next_due = next_due(turn, queue)?.map(|due| due.since(turn.now()));
    Ok(Promoted { count, next_due })
}

/// Moves due jobs and wakes nobody; answers how many.
pub(super) fn promote_due(turn: &mut Turn<'_>, queue: QueueNumber, most: usize) -> Result<usize, Fault> {
    const SQL: &str = "UPDATE jobs SET state = 3, place = ?2, position = ?3 WHERE seq = ?1";
    let due = due(turn, queue, most)?;
    if due.is_empty() {
        return Ok(0);
    }
    let mut position = move_back(turn, queue, due.len())?;
    let mut statement = turn.prepare(SQL)?;
    for Due { seq, deaths, from, .. } in &due {
        position += 1;
        statement.execute(params![seq, place_after(*deaths), position])?;
        turn.count(queue, Some(*from), Some(JobState::Available));
    }
    Ok(due.len())
}

struct Due {
    seq: i64,
    deaths: u8,
    run_at: i64,
    from: JobState,
}

/// The jobs that are due, earliest first.
fn due(turn: &Turn<'_>, queue: QueueNumber, most: usize) -> Result<Vec<Due>, Fault> {
    const SQL: &str = "SELECT seq, deaths, run_at FROM jobs
        WHERE queue = ?1 AND state = ?2 AND state IN (1, 5) AND run_at <= ?3 ORDER BY run_at, seq LIMIT ?4";
    let mut due = Vec::new();
    for from in [JobState::Scheduled, JobState::Retryable] {
        let mut statement = turn.prepare(SQL)?;
        let which = params![queue.get(), from.code(), turn.now().as_millis(), limit(most)];
        let mut rows = statement.query(which)?;
        while let Some(row) = rows.next()? {
            let (seq, deaths, run_at) = (row.get("seq")?, row.get("deaths")?, row.get("run_at")?);
            due.push(Due { seq, deaths, run_at, from });
        }
    }
    due.sort_unstable_by_key(|due| (due.run_at, due.seq));
    due.truncate(most);
    Ok(due)
}

/// Makes room for `jobs` at the back of the queue's lanes; answers the position before them.
fn move_back(turn: &Turn<'_>, queue: QueueNumber, jobs: usize) -> Result<i64, Fault> {
    const SQL: &str = "UPDATE queues SET last_position = last_position + ?2 WHERE number = ?1
        RETURNING last_position";
    let room = limit(jobs);
    let last: i64 = turn.prepare(SQL)?.query_row(params![queue.get(), room], |row| row.get(0))?;
    Ok(last - room)
}
