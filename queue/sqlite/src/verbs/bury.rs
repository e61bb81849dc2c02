use rusqlite::params;
use windlass_queue::{BeatNumber, Notice};
use windlass_shared::{Incarnation, QueueName, QueueNumber};

use super::queue_number::queue_number;
use super::wake::{disarm, rouse};
use crate::fault::Fault;
use crate::turn::Turn;
use crate::wake::Signal;

/// Forgets the beat of a worker that died, provided that it is still `seen`.
pub(crate) fn bury(
    turn: &mut Turn<'_>,
    queue: &QueueName,
    worker: Incarnation,
    seen: BeatNumber,
) -> Result<(), Fault> {
    const SQL: &str = "SELECT 1 FROM beats WHERE queue = ?1 AND worker = ?2 AND beat = ?3";
    let queue = queue_number(turn, queue)?;
    let seen = i64::from_ne_bytes(seen.0.to_ne_bytes());
    if turn.prepare(SQL)?.exists(params![queue.get(), worker.as_bytes(), seen])? {
        forget(turn, queue, worker)?;
    }
    Ok(())
}

/// Ends the lease of a worker that has given everything back.
pub(crate) fn retire(turn: &mut Turn<'_>, worker: Incarnation, queues: &[QueueName]) -> Result<(), Fault> {
    for queue in queues {
        let queue = queue_number(turn, queue)?;
        forget(turn, queue, worker)?;
    }
    Ok(())
}

fn forget(turn: &mut Turn<'_>, queue: QueueNumber, worker: Incarnation) -> Result<(), Fault> {
    const BEAT: &str = "DELETE FROM beats WHERE queue = ?1 AND worker = ?2";
    const SERVING: &str = "DELETE FROM serving WHERE queue = ?1 AND worker = ?2";
    const WORKER: &str = "DELETE FROM workers WHERE worker = ?1
        AND NOT EXISTS (SELECT 1 FROM beats WHERE beats.worker = workers.worker)";
    turn.prepare(BEAT)?.execute(params![queue.get(), worker.as_bytes()])?;
    turn.prepare(SERVING)?.execute(params![queue.get(), worker.as_bytes()])?;
    turn.prepare(WORKER)?.execute([worker.as_bytes()])?;
    disarm(turn, queue, worker)?;
    // Nobody listens at the socket of a dead worker, and it is removed when somebody finds that out.
    turn.signal(Signal { queue, worker, notice: Notice::Work });
    rouse(turn, queue)
}
