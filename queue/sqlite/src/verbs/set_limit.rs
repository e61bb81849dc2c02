use rusqlite::params;
use windlass_queue::{Limit, LimitScope};
use windlass_shared::{QueueName, QueueNumber};

use super::queue_number::queue_number;
use super::{lifts, ruled, slots};
use crate::fault::Fault;
use crate::stored::millis;
use crate::turn::Turn;

/// Sets a limit, or removes it; jobs that run already count.
pub(crate) fn set_limit(
    turn: &mut Turn<'_>,
    queue: &QueueName,
    scope: &LimitScope,
    limit: Option<&Limit>,
) -> Result<(), Fault> {
    const REMOVE: &str = "DELETE FROM limits WHERE queue = ?1 AND scope = ?2";
    let queue = queue_number(turn, queue)?;
    match limit {
        Some(limit) => store(turn, queue, scope, limit)?,
        None => drop(turn.prepare(REMOVE)?.execute(params![queue.get(), scope.to_string()])?),
    }
    slots::adopt(turn, queue, scope)?;
    lifts::look_after_change(turn, queue, scope)?;
    ruled::refresh(turn, queue)
}

fn store(turn: &Turn<'_>, queue: QueueNumber, scope: &LimitScope, limit: &Limit) -> Result<(), Fault> {
    const SQL: &str = "INSERT OR REPLACE INTO limits (queue, scope, concurrency, starts, period, burst)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    turn.prepare(SQL)?.execute(params![
        queue.get(),
        scope.to_string(),
        limit.concurrency,
        limit.rate.map(|rate| rate.count),
        limit.rate.map(|rate| millis(rate.period)),
        limit.rate.map(|rate| rate.burst),
    ])?;
    Ok(())
}
