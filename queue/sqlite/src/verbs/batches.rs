//! Batches: who belongs to them, who of those has ended, and what follows when all have.

use std::collections::BTreeSet;

use bytes::Bytes;
use rusqlite::{OptionalExtension, params};
use windlass_queue::{BatchAnswer, MAX_BATCH_MEMBERS, NewBatch, NewJob};
use windlass_shared::{BatchId, JobId, JobState};

use super::enqueue::{accept, check_number};
use crate::fault::Fault;
use crate::stored::limit;
use crate::stored_job;
use crate::turn::Turn;

/// Opens a batch, unless it is there already.
pub(crate) fn open(turn: &Turn<'_>, batch: &NewBatch) -> Result<(), Fault> {
    const BATCH: &str = "INSERT INTO batches (id, queue, tenant, description, created_at, alive_at, callback)
        VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6) ON CONFLICT (id) DO NOTHING";
    const CALLBACK: &str = "INSERT INTO callbacks (batch, job, args) VALUES (?1, ?2, ?3)";
    check_number(turn, &batch.queue, batch.id.queue(), &batch.id)?;
    if let Some(callback) = &batch.callback {
        // Nobody could be told at the end of the batch.
        check_number(turn, &callback.queue, callback.id.queue(), &callback.id)?;
    }
    let opened = turn.prepare(BATCH)?.execute(params![
        batch.id.as_bytes(),
        batch.id.queue().get(),
        batch.tenant.as_str(),
        batch.description,
        turn.now().as_millis(),
        batch.callback.as_ref().map(|callback| callback.id.as_bytes().as_slice()),
    ])?;
    if let Some(callback) = batch.callback.as_ref().filter(|_| opened == 1) {
        let (number, job) = (turn.last_inserted(), stored_job::written(callback)?);
        turn.prepare(CALLBACK)?.execute(params![number, job, callback.args.as_ref()])?;
    }
    Ok(())
}

/// Writes down members of a batch that is not sealed.
pub(crate) fn add(turn: &Turn<'_>, batch: BatchId, members: &[JobId]) -> Result<BatchAnswer, Fault> {
    const KNOWN: &str = "SELECT 1 FROM batch_members WHERE batch = ?1 AND job = ?2";
    const ADD: &str = "INSERT INTO batch_members (batch, job) VALUES (?1, ?2)";
    let batch = match of(turn, batch)? {
        Ok(batch) => batch,
        Err(answer) => return Ok(answer),
    };
    let mut fresh = BTreeSet::new();
    for member in members {
        if !turn.prepare(KNOWN)?.exists(params![batch.number, member.as_bytes()])? {
            fresh.insert(member);
        }
    }
    if batch.total + fresh.len() > MAX_BATCH_MEMBERS {
        return Ok(BatchAnswer::Full);
    }
    let mut statement = turn.prepare(ADD)?;
    for member in &fresh {
        statement.execute(params![batch.number, member.as_bytes()])?;
    }
    grow(turn, &batch, limit(fresh.len()))
}

/// Strikes out members that have not ended of a batch that is not sealed.
pub(crate) fn remove(turn: &Turn<'_>, batch: BatchId, members: &[JobId]) -> Result<BatchAnswer, Fault> {
    const REMOVE: &str = "DELETE FROM batch_members WHERE batch = ?1 AND job = ?2 AND ended = 0";
    let batch = match of(turn, batch)? {
        Ok(batch) => batch,
        Err(answer) => return Ok(answer),
    };
    let mut removed = 0;
    for member in members {
        removed += turn.prepare(REMOVE)?.execute(params![batch.number, member.as_bytes()])?;
    }
    grow(turn, &batch, -limit(removed))
}

/// Closes a batch for members; ends it when none is pending.
pub(crate) fn seal(turn: &mut Turn<'_>, batch: BatchId) -> Result<BatchAnswer, Fault> {
    const SQL: &str = "UPDATE batches SET sealed = 1 WHERE number = ?1
        RETURNING total = completed + cancelled + discarded";
    let batch = match of(turn, batch)? {
        Ok(batch) => batch,
        Err(BatchAnswer::Sealed) => return Ok(BatchAnswer::Applied),
        Err(answer) => return Ok(answer),
    };
    let is_done: bool = turn.prepare(SQL)?.query_row([batch.number], |row| row.get(0))?;
    if is_done {
        finish(turn, batch.number)?;
    }
    Ok(BatchAnswer::Applied)
}

/// Crosses off a member that has ended, once; ends the batch with the last one.
pub(super) fn cross_off(
    turn: &mut Turn<'_>,
    batch: BatchId,
    member: JobId,
    end: JobState,
) -> Result<(), Fault> {
    const CROSS_OFF: &str = "UPDATE batch_members SET ended = ?3
        WHERE batch = (SELECT number FROM batches WHERE id = ?1) AND job = ?2 AND ended = 0 RETURNING batch";
    const COUNT: &str =
        "UPDATE batches SET completed = completed + (?2 = 6), cancelled = cancelled + (?2 = 7),
        discarded = discarded + (?2 = 8) WHERE number = ?1
        RETURNING sealed AND total = completed + cancelled + discarded";
    let which = params![batch.as_bytes(), member.as_bytes(), end.code()];
    let crossed_off = turn.prepare(CROSS_OFF)?.query_row(which, |row| row.get::<_, i64>(0)).optional()?;
    let Some(number) = crossed_off else { return Ok(()) };
    let is_done: bool = turn.prepare(COUNT)?.query_row(params![number, end.code()], |row| row.get(0))?;
    if is_done {
        finish(turn, number)?;
    }
    Ok(())
}

/// A batch that takes members.
struct Open {
    number: i64,
    total: usize,
}

/// The batch if it takes members, else the answer.
fn of(turn: &Turn<'_>, batch: BatchId) -> Result<Result<Open, BatchAnswer>, Fault> {
    const SQL: &str = "SELECT number, total, sealed FROM batches WHERE id = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok((Open { number: row.get("number")?, total: row.get("total")? }, row.get::<_, bool>("sealed")?))
    };
    Ok(match turn.prepare(SQL)?.query_row([batch.as_bytes()], read).optional()? {
        Some((_, true)) => Err(BatchAnswer::Sealed),
        Some((open, false)) => Ok(open),
        None => Err(BatchAnswer::NotFound),
    })
}

fn grow(turn: &Turn<'_>, batch: &Open, members: i64) -> Result<BatchAnswer, Fault> {
    const SQL: &str = "UPDATE batches SET total = total + ?2 WHERE number = ?1";
    turn.prepare(SQL)?.execute(params![batch.number, members])?;
    Ok(BatchAnswer::Applied)
}

/// Notes the end of a batch and enqueues its callback, in the same step.
fn finish(turn: &mut Turn<'_>, number: i64) -> Result<(), Fault> {
    const FINISH: &str = "UPDATE batches SET finished_at = ?2 WHERE number = ?1";
    const FORGET: &str = "DELETE FROM callbacks WHERE batch = ?1";
    turn.prepare(FINISH)?.execute(params![number, turn.now().as_millis()])?;
    if let Some(callback) = callback(turn, number)? {
        turn.prepare(FORGET)?.execute([number])?;
        accept(turn, &callback)?;
    }
    Ok(())
}

fn callback(turn: &Turn<'_>, number: i64) -> Result<Option<NewJob>, Fault> {
    const SQL: &str = "SELECT job, args FROM callbacks WHERE batch = ?1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?));
    let stored = turn.prepare(SQL)?.query_row([number], read).optional()?;
    stored.map(|(job, args)| stored_job::read(&job, Bytes::from(args))).transpose()
}
