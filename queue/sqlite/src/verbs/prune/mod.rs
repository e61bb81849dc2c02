mod batches;
mod results;

use rusqlite::params;
use windlass_queue::Retention;
use windlass_shared::{JobState, QueueName, QueueNumber, Timestamp};

use super::events;
use super::queue_number::queue_number;
use super::removal::remove;
use super::unique;
use crate::fault::Fault;
use crate::features::Features;
use crate::questions::policy::policy;
use crate::stored::limit;
use crate::turn::Turn;

/// How many jobs one call removes at most, so that it does not hold the write lock for long.
const MOST: usize = 500;
/// After how many removed log lines and steps it stops early, for the same reason.
const MOST_ROWS: usize = 20_000;

/// Removes finished jobs and batches that are too old or too many, oldest first, and what is remembered of those that
/// are gone for longer than it has to be.
pub(crate) fn prune(
    turn: &mut Turn<'_>,
    queue: &QueueName,
    retention: &Retention,
    most: usize,
) -> Result<usize, Fault> {
    let queue = queue_number(turn, queue)?;
    let retention = policy(turn.connection(), queue)?.retention.unwrap_or(*retention);
    let most = most.min(MOST);
    drop_tombstones(turn, most)?;
    unique::drop_ended(turn, queue, most)?;
    let jobs = prune_jobs(turn, queue, &retention, most)?;
    let batches = batches::prune(turn, queue, &retention, most - jobs)?;
    results::drop_old(turn, queue, &retention)?;
    Ok(jobs + batches)
}

fn prune_jobs(
    turn: &mut Turn<'_>,
    queue: QueueNumber,
    retention: &Retention,
    most: usize,
) -> Result<usize, Fault> {
    let (completed, failed) = (retention.completed_before(turn.now()), retention.failed_before(turn.now()));
    let mut removed = 0;
    for (state, before, number) in [
        (JobState::Completed, completed, retention.completed_most),
        (JobState::Cancelled, failed, retention.failed_most),
        (JobState::Discarded, failed, retention.failed_most),
    ] {
        let surplus = count(turn, queue, state)?.saturating_sub(number);
        let most = most - removed;
        removed += remove_oldest(turn, &Bound { queue, state, before, surplus, most })?;
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
    let (mut removed, mut rows) = (0, 0);
    let held_from = events::held_from(turn, bound.queue)?;
    for Old { seq, finished_at, features } in oldest(turn, bound)? {
        let is_kept = finished_at >= held_from || (removed >= bound.surplus && finished_at >= bound.before);
        if rows > MOST_ROWS || is_kept {
            break;
        }
        rows += remove(turn, seq, features)?;
        removed += 1;
        // Its end has been told. A key that it holds for a period stays with it although it is gone.
        turn.count(bound.queue, Some(bound.state), None);
    }
    Ok(removed)
}

struct Old {
    seq: i64,
    finished_at: Timestamp,
    features: Features,
}

fn oldest(turn: &Turn<'_>, bound: &Bound) -> Result<Vec<Old>, Fault> {
    const SQL: &str = "SELECT seq, finished_at, features FROM jobs
        WHERE queue = ?1 AND state = ?2 AND state >= 6 ORDER BY finished_at, seq LIMIT ?3";
    let mut statement = turn.prepare(SQL)?;
    let mut rows = statement.query(params![bound.queue.get(), bound.state.code(), limit(bound.most)])?;
    let mut oldest = Vec::new();
    while let Some(row) = rows.next()? {
        let finished_at = Timestamp::from_millis(row.get("finished_at")?);
        oldest.push(Old { seq: row.get("seq")?, finished_at, features: Features::read(row, "features")? });
    }
    Ok(oldest)
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
