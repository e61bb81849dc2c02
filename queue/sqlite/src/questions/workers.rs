use rusqlite::Connection;
use windlass_queue::LivingWorker;
use windlass_shared::QueueName;

use crate::extras::parse;
use crate::fault::Fault;
use crate::stored::incarnation;
use crate::verbs::queue_number::known;

/// The workers whose leases cover the queue, by name.
pub(crate) fn workers(connection: &Connection, queue: &QueueName) -> Result<Vec<LivingWorker>, Fault> {
    const SQL: &str = "SELECT worker, info, memory,
        (SELECT count(*) FROM jobs WHERE queue = ?1 AND jobs.worker = beats.worker AND state = 4) AS running
        FROM beats JOIN workers USING (worker) WHERE queue = ?1";
    let Some(queue) = known(connection, queue)? else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([queue.get()])?;
    let mut workers = Vec::new();
    while let Some(row) = rows.next()? {
        workers.push(LivingWorker {
            incarnation: incarnation(row, "worker")?,
            info: parse("a worker", row.get_ref("info")?.as_str().unwrap_or_default())?,
            memory: row.get("memory")?,
            running: row.get("running")?,
        });
    }
    workers.sort_by(|left, right| left.info.name.cmp(&right.info.name));
    Ok(workers)
}
