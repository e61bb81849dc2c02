use rusqlite::params;
use windlass_queue::Notice;
use windlass_shared::{Incarnation, QueueNumber};

use crate::fault::Fault;
use crate::stored::{incarnation, limit};
use crate::turn::Turn;
use crate::wake::Signal;

/// How many jobs a queue's workers are told of at once when it is only known that there are some.
const ROUSE: usize = 100;

/// Wakes up to `count` armed workers. Each is armed once and told once.
pub(crate) fn wake(turn: &mut Turn<'_>, queue: QueueNumber, count: usize) -> Result<(), Fault> {
    const SQL: &str = "DELETE FROM armed WHERE queue = ?1
        AND worker IN (SELECT worker FROM armed WHERE queue = ?1 LIMIT ?2) RETURNING worker";
    if count == 0 {
        return Ok(());
    }
    let mut statement = turn.prepare(SQL)?;
    let mut rows = statement.query(params![queue.get(), limit(count)])?;
    while let Some(row) = rows.next()? {
        let worker = incarnation(row, "worker")?;
        turn.signal(Signal { queue, worker, notice: Notice::Work });
    }
    Ok(())
}

/// Wakes armed workers if there are jobs for them, because a wake-up may have died with the worker that got it.
pub(crate) fn rouse(turn: &mut Turn<'_>, queue: QueueNumber) -> Result<(), Fault> {
    const SQL: &str = "SELECT count(*) FROM
        (SELECT 1 FROM jobs WHERE queue = ?1 AND state = 3 AND place = 0 LIMIT ?2)";
    let ready: usize = turn.prepare(SQL)?.query_row(params![queue.get(), limit(ROUSE)], |row| row.get(0))?;
    turn.available(queue, ready);
    Ok(())
}

/// From now on the worker wants to be woken.
pub(crate) fn arm(turn: &Turn<'_>, queue: QueueNumber, worker: Incarnation) -> Result<(), Fault> {
    const SQL: &str = "INSERT OR IGNORE INTO armed (queue, worker) VALUES (?1, ?2)";
    turn.prepare(SQL)?.execute(params![queue.get(), worker.as_bytes()])?;
    Ok(())
}

/// From now on the worker need not be woken.
pub(crate) fn disarm(turn: &Turn<'_>, queue: QueueNumber, worker: Incarnation) -> Result<(), Fault> {
    const SQL: &str = "DELETE FROM armed WHERE queue = ?1 AND worker = ?2";
    turn.prepare(SQL)?.execute(params![queue.get(), worker.as_bytes()])?;
    Ok(())
}
