use rusqlite::Connection;
use windlass_shared::{QueueName, QueueNumber};

use crate::fault::Fault;
use crate::stored::{name, queue_number};

/// The queues that exist, by name.
pub(crate) fn queues(connection: &Connection) -> Result<Vec<QueueName>, Fault> {
    let mut queues = numbered(connection)?;
    queues.sort_by(|(_, left), (_, right)| left.cmp(right));
    Ok(queues.into_iter().map(|(_, name)| name).collect())
}

/// The queues that exist, by number.
pub(super) fn numbered(connection: &Connection) -> Result<Vec<(QueueNumber, QueueName)>, Fault> {
    let mut statement = connection.prepare_cached("SELECT number, name FROM queues ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut queues = Vec::new();
    while let Some(row) = rows.next()? {
        queues.push((queue_number(row, "number")?, name(row, "name")?));
    }
    Ok(queues)
}
