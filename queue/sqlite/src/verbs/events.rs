use rusqlite::{OptionalExtension, params};
use windlass_queue::EventPosition;
use windlass_shared::{QueueName, QueueNumber, Timestamp};

use crate::fault::Fault;
use crate::questions::events::number;
use crate::turn::Turn;

/// Drops the events up to a position.
pub(crate) fn forget_events(turn: &Turn<'_>, queue: &QueueName, up_to: &EventPosition) -> Result<(), Fault> {
    const SQL: &str =
        "DELETE FROM events WHERE queue = (SELECT number FROM queues WHERE name = ?1) AND last <= ?2";
    const FOLLOWED: &str = "UPDATE queues SET followed = 1 WHERE name = ?1 AND followed = 0";
    turn.prepare(SQL)?.execute(params![queue.as_str(), number(up_to)?])?;
    turn.prepare(FOLLOWED)?.execute([queue.as_str()])?;
    Ok(())
}

/// From when on jobs that have ended stay, whatever the retention: the instant of the first event that waits for whoever
/// follows the events, where anybody does. These are bounded, so what is kept longer is bounded with them.
pub(super) fn held_from(turn: &Turn<'_>, queue: QueueNumber) -> Result<Timestamp, Fault> {
    const SQL: &str = "SELECT at FROM events WHERE queue = ?1
        AND (SELECT followed FROM queues WHERE number = ?1) = 1 ORDER BY last LIMIT 1";
    let first: Option<i64> = turn.prepare(SQL)?.query_row([queue.get()], |row| row.get(0)).optional()?;
    Ok(first.map_or(Timestamp::LATEST, Timestamp::from_millis))
}

/// Sets how many events are kept at most.
pub(crate) fn bound_events(turn: &Turn<'_>, queue: &QueueName, most: u64) -> Result<(), Fault> {
    const SQL: &str = "UPDATE queues SET events_most = ?2 WHERE name = ?1";
    turn.prepare(SQL)?.execute(params![queue.as_str(), i64::try_from(most).unwrap_or(i64::MAX)])?;
    Ok(())
}
