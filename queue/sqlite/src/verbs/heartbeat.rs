use rusqlite::params;
use windlass_queue::{Beat, QueueBeat, WorkerInfo};
use windlass_shared::{Claim, Incarnation, QueueName, QueueNumber};

use super::queue_number::queue_number;
use crate::fault::Fault;
use crate::stored;
use crate::turn::Turn;

/// Renews a worker's lease in each of its queues.
pub(crate) fn heartbeat(turn: &Turn<'_>, beat: &Beat) -> Result<Vec<QueueBeat>, Fault> {
    introduce(turn, beat.worker, &beat.info)?;
    beat.queues.iter().map(|queue| renew(turn, beat.worker, queue)).collect()
}

fn introduce(turn: &Turn<'_>, worker: Incarnation, info: &WorkerInfo) -> Result<(), Fault> {
    const SQL: &str = "INSERT INTO workers (worker, info) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let info = serde_json::to_string(info).map_err(|error| Fault::Refused(error.to_string()))?;
    turn.prepare(SQL)?.execute(params![worker.as_bytes(), info])?;
    Ok(())
}

fn renew(turn: &Turn<'_>, worker: Incarnation, name: &QueueName) -> Result<QueueBeat, Fault> {
    // Whoever comes back after a burial must not be taken for what was seen before, so the first beat is no
    // fixed number.
    const SQL: &str = "INSERT INTO beats (queue, worker, beat) VALUES (?1, ?2, ?3)
        ON CONFLICT DO UPDATE SET beat = beat + 1";
    let queue = queue_number(turn, name)?;
    turn.prepare(SQL)?.execute(params![queue.get(), worker.as_bytes(), turn.now().as_millis()])?;
    let held = held(turn, queue, worker)?;
    Ok(QueueBeat { queue: name.clone(), held, cancels: cancels(turn, queue, worker)? })
}

/// Counts entries of an index; a worker has as many as it has slots.
fn held(turn: &Turn<'_>, queue: QueueNumber, worker: Incarnation) -> Result<usize, Fault> {
    const SQL: &str = "SELECT count(*) FROM jobs WHERE queue = ?1 AND worker = ?2 AND state = 4";
    Ok(turn.prepare(SQL)?.query_row(params![queue.get(), worker.as_bytes()], |row| row.get(0))?)
}

fn cancels(turn: &Turn<'_>, queue: QueueNumber, worker: Incarnation) -> Result<Vec<Claim>, Fault> {
    const SQL: &str = "SELECT id, worker, claims FROM jobs
        WHERE queue = ?1 AND worker = ?2 AND state = 4 AND cancel_requested = 1";
    let mut statement = turn.prepare(SQL)?;
    let mut rows = statement.query(params![queue.get(), worker.as_bytes()])?;
    let mut cancels = Vec::new();
    while let Some(row) = rows.next()? {
        cancels.push(stored::claim(row)?);
    }
    Ok(cancels)
}
