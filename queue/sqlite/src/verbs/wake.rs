use rusqlite::{Params, params};
use windlass_queue::{Notice, Scope};
use windlass_shared::{Incarnation, KindName, QueueNumber};

use crate::fault::Fault;
use crate::ruling::Ruling;
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
    tell(turn, queue, SQL, params![queue.get(), limit(count)])
}

/// Wakes an armed worker that serves the kind, if there is one.
pub(super) fn wake_serving(turn: &mut Turn<'_>, queue: QueueNumber, kind: &KindName) -> Result<(), Fault> {
    const SQL: &str = "DELETE FROM armed WHERE queue = ?1 AND worker IN (SELECT armed.worker
        FROM serving JOIN armed USING (queue, worker) WHERE queue = ?1 AND kind = ?2 LIMIT 1) RETURNING worker";
    tell(turn, queue, SQL, params![queue.get(), kind.as_str()])
}

/// Wakes armed workers if there are jobs for them, because a wake-up may have died with the worker that got it.
pub(crate) fn rouse(turn: &mut Turn<'_>, queue: QueueNumber) -> Result<(), Fault> {
    const SERVING: &str = "DELETE FROM armed WHERE queue = ?1 AND worker IN (SELECT worker FROM serving
        WHERE queue = ?1 AND EXISTS (SELECT 1 FROM jobs
        WHERE jobs.queue = ?1 AND state = 3 AND place = 3 AND jobs.kind = serving.kind)) RETURNING worker";
    let mut free = usize::MAX;
    if turn.is_ruled(queue)? {
        free = Ruling::of(turn.connection(), queue, &Scope::Queue, turn.now())?.free(turn.now());
    }
    if free > 0 && turn.has_unserved(queue)? {
        tell(turn, queue, SERVING, [queue.get()])?;
    }
    wake_for_ready(turn, queue, free.min(ROUSE)).map(drop)
}

/// Wakes an armed worker for each job that stands in a lane, up to `most`; answers how many jobs those are.
pub(super) fn wake_for_ready(turn: &mut Turn<'_>, queue: QueueNumber, most: usize) -> Result<usize, Fault> {
    const PLAIN: &str = "SELECT count(*) FROM
        (SELECT 1 FROM jobs WHERE queue = ?1 AND state = 3 AND place = 0 LIMIT ?2)";
    // A tenant that stands aside may have a million jobs in its lanes. A cross join keeps SQLite from beginning there.
    const RULED: &str = "SELECT count(*) FROM
        (SELECT 1 FROM ready CROSS JOIN jobs USING (queue, tenant)
        WHERE queue = ?1 AND state = 3 AND place = 0 LIMIT ?2)";
    let sql = if turn.is_ruled(queue)? { RULED } else { PLAIN };
    turn.store_rings()?;
    let ready = turn.prepare(sql)?.query_row(params![queue.get(), limit(most)], |row| row.get(0))?;
    turn.available(queue, ready);
    Ok(ready)
}

/// Wakes an armed worker if a suspect waits; answers how many it is woken for.
pub(super) fn wake_for_suspect(turn: &mut Turn<'_>, queue: QueueNumber) -> Result<usize, Fault> {
    const SQL: &str = "SELECT 1 FROM jobs WHERE queue = ?1 AND state = 3 AND place = 1";
    let suspects = usize::from(turn.prepare(SQL)?.exists([queue.get()])?);
    turn.available(queue, suspects);
    Ok(suspects)
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

/// Tells the workers that `sql` disarms that there is work.
fn tell(turn: &mut Turn<'_>, queue: QueueNumber, sql: &'static str, which: impl Params) -> Result<(), Fault> {
    let mut statement = turn.prepare(sql)?;
    let mut rows = statement.query(which)?;
    while let Some(row) = rows.next()? {
        let worker = incarnation(row, "worker")?;
        turn.signal(Signal { queue, worker, notice: Notice::Work });
    }
    Ok(())
}
