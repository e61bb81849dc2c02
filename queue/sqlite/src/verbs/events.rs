use rusqlite::params;
use windlass_queue::EventPosition;
use windlass_shared::QueueName;

use crate::fault::Fault;
use crate::questions::events::number;
use crate::turn::Turn;

/// Drops the events up to a position.
pub(crate) fn forget_events(turn: &Turn<'_>, queue: &QueueName, up_to: &EventPosition) -> Result<(), Fault> {
    const SQL: &str =
        "DELETE FROM events WHERE queue = (SELECT number FROM queues WHERE name = ?1) AND last <= ?2";
    turn.prepare(SQL)?.execute(params![queue.as_str(), number(up_to)?])?;
    Ok(())
}

/// Sets how many events are kept at most.
pub(crate) fn bound_events(turn: &Turn<'_>, queue: &QueueName, most: u64) -> Result<(), Fault> {
    const SQL: &str = "UPDATE queues SET events_most = ?2 WHERE name = ?1";
    turn.prepare(SQL)?.execute(params![queue.as_str(), i64::try_from(most).unwrap_or(i64::MAX)])?;
    Ok(())
}
