use rusqlite::params;
use windlass_queue::Retention;
use windlass_shared::{QueueNumber, Timestamp};

use crate::fault::Fault;
use crate::stored::limit;
use crate::turn::Turn;

/// How many members one call removes at most. A larger batch goes in several calls, which count it each time.
const MEMBERS: usize = 5_000;

/// Removes batches that ended long ago, and those that were opened long ago and have not ended.
pub(super) fn prune(
    turn: &Turn<'_>,
    queue: QueueNumber,
    retention: &Retention,
    most: usize,
) -> Result<usize, Fault> {
    const ENDED: &str = "SELECT number FROM batches WHERE queue = ?1 AND finished_at IS NOT NULL
        AND finished_at < ?2 ORDER BY finished_at LIMIT ?3";
    const OPEN: &str = "SELECT number FROM batches WHERE queue = ?1 AND finished_at IS NULL
        AND created_at < ?2 ORDER BY created_at LIMIT ?3";
    let (mut removed, mut room) = (0, MEMBERS);
    for (sql, before) in
        [(ENDED, retention.completed_before(turn.now())), (OPEN, retention.failed_before(turn.now()))]
    {
        for number in old(turn, sql, queue, before, most - removed)? {
            if room == 0 {
                return Ok(removed);
            }
            room -= remove(turn, number, room)?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn old(
    turn: &Turn<'_>,
    sql: &'static str,
    queue: QueueNumber,
    before: Timestamp,
    most: usize,
) -> Result<Vec<i64>, Fault> {
    let which = params![queue.get(), before.as_millis(), limit(most)];
    Ok(turn.prepare(sql)?.query_map(which, |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Removes up to `most` members of a batch, and the batch itself after the last one; answers how many members went.
fn remove(turn: &Turn<'_>, number: i64, most: usize) -> Result<usize, Fault> {
    const MEMBERS: &str = "DELETE FROM batch_members WHERE batch = ?1
        AND job IN (SELECT job FROM batch_members WHERE batch = ?1 LIMIT ?2)";
    const REST: [&str; 2] =
        ["DELETE FROM batches WHERE number = ?1", "DELETE FROM callbacks WHERE batch = ?1"];
    let removed = turn.prepare(MEMBERS)?.execute(params![number, limit(most)])?;
    if removed < most {
        for sql in REST {
            turn.prepare(sql)?.execute([number])?;
        }
    }
    Ok(removed)
}
