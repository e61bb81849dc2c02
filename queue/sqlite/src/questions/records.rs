use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};
use windlass_queue::Records;
use windlass_shared::Claim;

use crate::fault::Fault;
use crate::stored::name;
use crate::verbs::standing::Standing;

/// What earlier attempts have recorded, for the worker that holds the claim.
pub(crate) fn records(connection: &Connection, claim: Claim) -> Result<Option<Records>, Fault> {
    let job = Standing::find(connection, claim.job)?.filter(|job| job.is_held_by(claim.token));
    job.map(|job| records_of(connection, job.seq)).transpose()
}

/// What the job in a row has recorded.
pub(super) fn records_of(connection: &Connection, seq: i64) -> Result<Records, Fault> {
    const STEPS: &str = "SELECT name, result FROM steps WHERE job = ?1 ORDER BY name";
    const CHECKPOINT: &str = "SELECT cursor FROM checkpoints WHERE job = ?1";
    let mut records = Records::default();
    let mut statement = connection.prepare_cached(STEPS)?;
    let mut rows = statement.query([seq])?;
    while let Some(row) = rows.next()? {
        records.steps.push((name(row, "name")?, Bytes::from(row.get::<_, Vec<u8>>("result")?)));
    }
    let checkpoint: Option<Vec<u8>> =
        connection.prepare_cached(CHECKPOINT)?.query_row([seq], |row| row.get(0)).optional()?;
    records.checkpoint = checkpoint.map(Bytes::from);
    Ok(records)
}
