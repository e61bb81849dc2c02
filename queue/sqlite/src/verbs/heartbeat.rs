use rusqlite::params;
use windlass_queue::{Beat, QueueBeat};
use windlass_shared::{Claim, Incarnation, QueueName, QueueNumber};

use super::queue_number::queue_number;
use crate::extras::text;
use crate::fault::Fault;
use crate::stored;
use crate::turn::Turn;

/// Renews a worker's lease in each of its queues.
pub(crate) fn heartbeat(turn: &Turn<'_>, beat: &Beat) -> Result<Vec<QueueBeat>, Fault> {
    let is_known = introduce(turn, beat)?;
    beat.queues.iter().map(|queue| renew(turn, beat, queue, is_known)).collect()
}

/// Notes who the worker is; answers whether that was known already.
fn introduce(turn: &Turn<'_>, beat: &Beat) -> Result<bool, Fault> {
    const KNOWN: &str = "SELECT 1 FROM workers WHERE worker = ?1 AND info = ?2";
    const SQL: &str = "INSERT INTO workers (worker, info, memory) VALUES (?1, ?2, ?3)
        ON CONFLICT DO UPDATE SET info = excluded.info, memory = excluded.memory";
    let (worker, info) = (beat.worker.as_bytes(), text(&beat.info)?);
    let is_known = turn.prepare(KNOWN)?.exists(params![worker, info])?;
    turn.prepare(SQL)?.execute(params![worker, info, beat.memory])?;
    Ok(is_known)
}

fn renew(turn: &Turn<'_>, beat: &Beat, name: &QueueName, is_known: bool) -> Result<QueueBeat, Fault> {
    // Whoever comes back after a burial must not be taken for what was seen before, so the first beat is no
    // fixed number.
    const SQL: &str = "INSERT INTO beats (queue, worker, beat) VALUES (?1, ?2, ?3)
        ON CONFLICT DO UPDATE SET beat = beat + 1 RETURNING beat = ?3 AS is_first";
    let queue = queue_number(turn, name)?;
    let values = params![queue.get(), beat.worker.as_bytes(), turn.now().as_millis()];
    let is_first: bool = turn.prepare(SQL)?.query_row(values, |row| row.get("is_first"))?;
    if is_first || !is_known {
        serve(turn, queue, beat)?;
    }
    let held = held(turn, queue, beat.worker)?;
    Ok(QueueBeat { queue: name.clone(), held, cancels: cancels(turn, queue, beat.worker)? })
}

/// Notes which kinds the worker serves.
fn serve(turn: &Turn<'_>, queue: QueueNumber, beat: &Beat) -> Result<(), Fault> {
    const FORGET: &str = "DELETE FROM serving WHERE queue = ?1 AND worker = ?2";
    const SERVE: &str = "INSERT OR IGNORE INTO serving (queue, kind, worker) VALUES (?1, ?2, ?3)";
    turn.prepare(FORGET)?.execute(params![queue.get(), beat.worker.as_bytes()])?;
    let mut statement = turn.prepare(SERVE)?;
    for kind in &beat.info.kinds {
        statement.execute(params![queue.get(), kind.as_str(), beat.worker.as_bytes()])?;
    }
    Ok(())
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
