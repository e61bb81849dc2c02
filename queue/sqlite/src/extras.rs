//! What few jobs are enqueued with; it has a table of its own.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use windlass_queue::{NewJob, Unique, UniqueKey};
use windlass_shared::{Backoff, BatchId};

use crate::fault::Fault;
use crate::features::Features;
use crate::turn::Turn;

/// What few jobs are enqueued with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extras {
    pub(crate) backoff: Option<Backoff>,
    pub(crate) batch: Option<BatchId>,
    pub(crate) unique: Option<Unique>,
}

impl Extras {
    /// Those of the job in a row; the table is looked into only if `features` say so.
    pub(crate) fn of(connection: &Connection, seq: i64, features: Features) -> Result<Self, Fault> {
        const SQL: &str = "SELECT backoff, batch, unique_key, until, on_conflict FROM extras WHERE job = ?1";
        if !features.has_extras() {
            return Ok(Self::default());
        }
        let read = |row: &Row<'_>| Ok(Self::read(row));
        let found = connection.prepare_cached(SQL)?.query_row([seq], read).optional()?;
        found.unwrap_or_else(|| Err(Fault::Corrupt(format!("the job in row {seq} lacks its extras"))))
    }

    fn read(row: &Row<'_>) -> Result<Self, Fault> {
        let unique = match row.get::<_, Option<_>>("unique_key")? {
            Some(key) => Some(Unique {
                key: UniqueKey(key),
                until: required(row, "until")?,
                on_conflict: required(row, "on_conflict")?,
            }),
            None => None,
        };
        let batch = row.get::<_, Option<_>>("batch")?.map(BatchId::from_bytes);
        Ok(Self { backoff: json(row, "backoff")?, batch, unique })
    }

    /// Stores what `job` brings, where it brings anything.
    pub(crate) fn store(turn: &Turn<'_>, seq: i64, job: &NewJob) -> Result<(), Fault> {
        const SQL: &str = "INSERT INTO extras (job, backoff, batch, unique_key, until, on_conflict)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        if !Features::of(job).has_extras() {
            return Ok(());
        }
        let unique = job.unique.as_ref();
        turn.prepare(SQL)?.execute(params![
            seq,
            job.backoff.as_ref().map(text).transpose()?,
            job.batch.as_ref().map(BatchId::as_bytes),
            unique.map(|unique| unique.key.0),
            unique.map(|unique| text(&unique.until)).transpose()?,
            unique.map(|unique| text(&unique.on_conflict)).transpose()?,
        ])?;
        Ok(())
    }

    /// Gives a job another back-off. It has a row here already, because it is unique.
    pub(crate) fn replace_backoff(turn: &Turn<'_>, seq: i64, backoff: Option<&Backoff>) -> Result<(), Fault> {
        const SQL: &str = "UPDATE extras SET backoff = ?2 WHERE job = ?1";
        turn.prepare(SQL)?.execute(params![seq, backoff.map(text).transpose()?])?;
        Ok(())
    }
}

/// A value as JSON.
pub(crate) fn text(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Refused(error.to_string()))
}

/// A value that was stored as JSON.
pub(crate) fn parse<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, Fault> {
    serde_json::from_str(json).map_err(|error| Fault::Corrupt(format!("{what} {json:?}: {error}")))
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> Result<Option<T>, Fault> {
    row.get::<_, Option<String>>(column)?.map(|json| parse(column, &json)).transpose()
}

fn required<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> Result<T, Fault> {
    json(row, column)?.ok_or_else(|| Fault::Corrupt(format!("a unique job without {column}")))
}
