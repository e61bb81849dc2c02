use rusqlite::Connection;
use windlass_queue::Depth;
use windlass_shared::{JobState, QueueName};

use crate::fault::Fault;
use crate::stored::state;

/// How many jobs of the queue are in each state.
pub(crate) fn depth(connection: &Connection, queue: &QueueName) -> Result<Depth, Fault> {
    const SQL: &str = "SELECT state, jobs FROM counts JOIN queues ON queue = number WHERE name = ?1";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([queue.as_str()])?;
    let mut depth = Depth::default();
    while let Some(row) = rows.next()? {
        let count = match state(row, "state")? {
            JobState::Scheduled => &mut depth.scheduled,
            JobState::Pending => &mut depth.pending,
            JobState::Retryable => &mut depth.retryable,
            JobState::Available => &mut depth.available,
            JobState::Running => &mut depth.running,
            JobState::Completed => &mut depth.completed,
            JobState::Cancelled => &mut depth.cancelled,
            JobState::Discarded => &mut depth.discarded,
        };
        *count += row.get::<_, u64>("jobs")?;
    }
    Ok(depth)
}
