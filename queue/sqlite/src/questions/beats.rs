use rusqlite::Connection;
use windlass_queue::BeatNumber;
use windlass_shared::{Incarnation, QueueName};

use crate::fault::Fault;
use crate::stored::incarnation;

/// The newest beat of each worker whose lease covers the queue.
pub(crate) fn beats(
    connection: &Connection,
    queue: &QueueName,
) -> Result<Vec<(Incarnation, BeatNumber)>, Fault> {
    const SQL: &str = "SELECT worker, beat FROM beats JOIN queues ON queue = number WHERE name = ?1";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([queue.as_str()])?;
    let mut beats = Vec::new();
    while let Some(row) = rows.next()? {
        let beat = row.get::<_, i64>("beat")?;
        beats.push((incarnation(row, "worker")?, BeatNumber(u64::from_ne_bytes(beat.to_ne_bytes()))));
    }
    Ok(beats)
}
