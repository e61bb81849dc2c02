use rusqlite::params;
use windlass_queue::Retention;
use windlass_shared::{QueueNumber, Timestamp};

use crate::fault::Fault;
use crate::stored::limit;
use crate::turn::Turn;

/// How many members one call removes at most. A larger batch goes in several calls, which count it each time.
const MEMBERS: usize = 5_000;
/// How many members of sealed batches one call looks at, but for those of the first batch: whether one of them lives.
const LOOKED_AT: usize = 20_000;

/// Removes batches that ended long ago, and those that have not ended for long and never will.
pub(super) fn prune(
    turn: &Turn<'_>,
    queue: QueueNumber,
    retention: &Retention,
    most: usize,
) -> Result<usize, Fault> {
    let mut numbers = ended(turn, queue, retention.completed_before(turn.now()), most)?;
    let room = most - numbers.len();
    numbers.extend(endless(turn, queue, retention.unfinished_batches_before(turn.now()), room)?);
    let (mut removed, mut room) = (0, MEMBERS);
    for number in numbers {
        if room == 0 {
            break;
        }
        room -= remove(turn, number, room)?;
        removed += 1;
    }
    Ok(removed)
}

fn ended(turn: &Turn<'_>, queue: QueueNumber, before: Timestamp, most: usize) -> Result<Vec<i64>, Fault> {
    const SQL: &str = "SELECT number FROM batches WHERE queue = ?1 AND finished_at IS NOT NULL
        AND finished_at < ?2 ORDER BY finished_at LIMIT ?3";
    let which = params![queue.get(), before.as_millis(), limit(most)];
    Ok(turn.prepare(SQL)?.query_map(which, |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Those that were never sealed, and those that wait for nobody who exists.
fn endless(turn: &Turn<'_>, queue: QueueNumber, before: Timestamp, most: usize) -> Result<Vec<i64>, Fault> {
    const OLD: &str = "SELECT number, sealed, total FROM batches WHERE queue = ?1 AND finished_at IS NULL
        AND alive_at < ?2 ORDER BY alive_at LIMIT ?3";
    const ALIVE: &str = "UPDATE batches SET alive_at = ?2 WHERE number = ?1";
    let which = params![queue.get(), before.as_millis(), limit(most)];
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let old: Vec<(i64, bool, usize)> =
        turn.prepare(OLD)?.query_map(which, read)?.collect::<Result<_, _>>()?;
    let (mut endless, mut looked_at) = (Vec::new(), 0);
    for (number, is_sealed, total) in old {
        if is_sealed {
            if looked_at > 0 && looked_at + total > LOOKED_AT {
                break;
            }
            looked_at += total;
            if waits_for_somebody(turn, number)? {
                turn.prepare(ALIVE)?.execute(params![number, turn.now().as_millis()])?;
                continue;
            }
        }
        endless.push(number);
    }
    Ok(endless)
}

fn waits_for_somebody(turn: &Turn<'_>, batch: i64) -> Result<bool, Fault> {
    const SQL: &str = "SELECT 1 FROM batch_members CROSS JOIN jobs ON jobs.id = batch_members.job
        WHERE batch = ?1 AND ended = 0 LIMIT 1";
    Ok(turn.prepare(SQL)?.exists([batch])?)
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
