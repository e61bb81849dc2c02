use rusqlite::{Connection, OptionalExtension, Row};
use windlass_queue::Batch;
use windlass_shared::{BatchId, JobId};

use crate::fault::Fault;
use crate::stored::{instant, instant_if_any, name};

/// The batch as it is now.
pub(crate) fn batch(connection: &Connection, id: BatchId) -> Result<Option<Batch>, Fault> {
    const SQL: &str = "SELECT name, tenant, description, created_at, sealed, finished_at, total, completed,
        cancelled, discarded, callback FROM batches JOIN queues ON queues.number = batches.queue WHERE id = ?1";
    let read = |row: &Row<'_>| Ok(read(row, id));
    connection.prepare_cached(SQL)?.query_row([id.as_bytes()], read).optional()?.transpose()
}

fn read(row: &Row<'_>, id: BatchId) -> Result<Batch, Fault> {
    let (total, completed, cancelled, discarded): (u64, u64, u64, u64) =
        (row.get("total")?, row.get("completed")?, row.get("cancelled")?, row.get("discarded")?);
    Ok(Batch {
        id,
        queue: name(row, "name")?,
        tenant: name(row, "tenant")?,
        description: row.get("description")?,
        created_at: instant(row, "created_at")?,
        sealed: row.get("sealed")?,
        finished_at: instant_if_any(row, "finished_at")?,
        total,
        pending: total.saturating_sub(completed + cancelled + discarded),
        completed,
        cancelled,
        discarded,
        callback: row.get::<_, Option<_>>("callback")?.map(JobId::from_bytes),
    })
}
