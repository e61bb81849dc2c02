use rusqlite::params;
use windlass_queue::Retention;
use windlass_shared::{JobState, QueueName, QueueNumber, Timestamp};

use super::queue_number::queue_number;
use crate::fault::Fault;
use crate::stored::limit;
use crate::turn::Turn;

/// How many jobs one call removes at most, so that it does not hold the write lock for long.
const MOST: usize = 500;
/// After how many removed log lines it stops early, for the same reason.
const MOST_LINES: usize = 20_000;

/// Removes finished jobs that are too old or too many, oldest first, and tombstones whose time is over.
pub(crate) fn prune(
    turn: &mut Turn<'_>,
    queue: &QueueName,
    retention: &Retention,
    most: usize,
) -> Result<usize, Fault> {
    let queue = queue_number(turn, queue)?;
    let mut left = most.min(MOST);
    drop_tombstones(turn, left)?;
    let (completed, failed) = (retention.completed_before(turn.now()), retention.failed_before(turn.now()));
    let mut removed = 0;
    for (state, before, number) in [
        (JobState::Completed, completed, retention.completed_most),
        (JobState::Cancelled, failed, retention.failed_most),
        (JobState::Discarded, failed, retention.failed_most),
    ] {
        let surplus = count(turn, queue, state)?.saturating_sub(number);
        let went = remove_oldest(turn, &Bound { queue, state, before, surplus, most: left })?;
        removed += went;
        left -= went;
    }
    Ok(removed)
}

/// What may go of one state.
struct Bound {
    queue: QueueNumber,
    state: JobState,
    before: Timestamp,
    surplus: usize,
    most: usize,
}

fn remove_oldest(turn: &mut Turn<'_>, bound: &Bound) -> Result<usize, Fault> {
    const OLDEST: &str = "SELECT seq, finished_at FROM jobs
        WHERE queue = ?1 AND state = ?2 AND state >= 6 ORDER BY finished_at, seq LIMIT ?3";
    let mut statement = turn.prepare(OLDEST)?;
    let which = params![bound.queue.get(), bound.state.code(), limit(bound.most)];
    let oldest: Vec<(i64, i64)> =
        statement.query_map(which, |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let (mut removed, mut lines) = (0, 0);
    for (seq, finished_at) in oldest {
        if lines > MOST_LINES || (removed >= bound.surplus && finished_at >= bound.before.as_millis()) {
            break;
        }
        lines += remove(turn, seq)?;
        removed += 1;
        turn.count(bound.queue, Some(bound.state), None);
    }
    Ok(removed)
}

/// Removes a job and all that belongs to it; answers how many log lines that were.
fn remove(turn: &Turn<'_>, seq: i64) -> Result<usize, Fault> {
    const TOMBSTONE: &str = "INSERT OR REPLACE INTO tombstones (id, until)
        SELECT id, ?2 + tombstone FROM jobs JOIN payloads ON job = seq WHERE seq = ?1 AND tombstone IS NOT NULL";
    const REST: [&str; 3] = [
        "DELETE FROM jobs WHERE seq = ?1",
        "DELETE FROM payloads WHERE job = ?1",
        "DELETE FROM failures WHERE job = ?1",
    ];
    const LINES: &str = "DELETE FROM log_lines WHERE job = ?1";
    turn.prepare(TOMBSTONE)?.execute(params![seq, turn.now().as_millis()])?;
    for sql in REST {
        turn.prepare(sql)?.execute([seq])?;
    }
    Ok(turn.prepare(LINES)?.execute([seq])?)
}

fn count(turn: &Turn<'_>, queue: QueueNumber, state: JobState) -> Result<usize, Fault> {
    const SQL: &str = "SELECT coalesce(sum(jobs), 0) FROM counts WHERE queue = ?1 AND state = ?2";
    Ok(turn.prepare(SQL)?.query_row(params![queue.get(), state.code()], |row| row.get(0))?)
}

fn drop_tombstones(turn: &Turn<'_>, most: usize) -> Result<(), Fault> {
    const SQL: &str = "DELETE FROM tombstones WHERE id IN
        (SELECT id FROM tombstones WHERE until <= ?1 ORDER BY until LIMIT ?2)";
    turn.prepare(SQL)?.execute(params![turn.now().as_millis(), limit(most)])?;
    Ok(())
}
