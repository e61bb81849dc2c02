use std::collections::HashSet;

use async_trait::async_trait;
use bytes::Bytes;
use redis::Value;
use windlass_queue::{Batch, BatchAnswer, EngineError, KeepBatches, MAX_BATCH_MEMBERS, NewBatch};
use windlass_shared::{BatchId, JobId, QueueName, Timestamp};

use crate::engine::RedisEngine;
use crate::enqueue::push_job;
use crate::error::corrupt;
use crate::keys;
use crate::scripts::{self, array, bytes, job_id, optional_bytes};

/// How many members one call adds or strikes out.
const CHUNK: usize = 1_000;

/// What is done with members.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// They are only counted, beside so many new ones that were counted before.
    Count(usize),
    Add,
    Remove,
}

#[async_trait]
impl KeepBatches for RedisEngine {
    async fn open_batch(&self, batch: &NewBatch) -> Result<(), EngineError> {
        // Whoever has a batch has to be able to find it by its id.
        self.queues.ensure(&batch.queue).await?;
        let mut call = scripts::OPEN_BATCH.on(&keys::prefix(&batch.queue), self.link.clock_offset());
        call.arg(batch.id.as_bytes()).arg(batch.tenant.as_str()).arg(&batch.description);
        if let Some(callback) = &batch.callback {
            push_job(&mut call, callback, &batch.queue)?;
        }
        let _opened: u8 = self.link.script(&call).await?;
        Ok(())
    }

    async fn add_to_batch(&self, batch: BatchId, members: &[JobId]) -> Result<BatchAnswer, EngineError> {
        let Some(queue) = self.queues.numbered(batch.queue()).await? else {
            return Ok(BatchAnswer::NotFound);
        };
        let members = distinct(members);
        let room = self.look_for_room(&queue, batch, &members).await?;
        if room != BatchAnswer::Applied {
            return Ok(room);
        }
        let mut added = Vec::new();
        for chunk in pieces(&members) {
            let (answer, new) = self.change_batch(&queue, batch, Change::Add, chunk).await?;
            if answer != BatchAnswer::Applied {
                // Somebody else has taken the room meanwhile.
                self.strike_out(&queue, batch, &added).await?;
                return Ok(answer);
            }
            added.extend(new);
        }
        Ok(BatchAnswer::Applied)
    }

    async fn remove_from_batch(&self, batch: BatchId, members: &[JobId]) -> Result<BatchAnswer, EngineError> {
        match self.queues.numbered(batch.queue()).await? {
            None => Ok(BatchAnswer::NotFound),
            Some(queue) => self.strike_out(&queue, batch, members).await,
        }
    }

    async fn seal_batch(&self, batch: BatchId) -> Result<BatchAnswer, EngineError> {
        let Some(queue) = self.queues.numbered(batch.queue()).await? else {
            return Ok(BatchAnswer::NotFound);
        };
        let mut call = scripts::SEAL_BATCH.on(&keys::prefix(&queue), self.link.clock_offset());
        call.arg(batch.as_bytes());
        answer(self.link.script(&call).await?)
    }

    async fn batch(&self, batch: BatchId) -> Result<Option<Batch>, EngineError> {
        let Some(queue) = self.queues.numbered(batch.queue()).await? else { return Ok(None) };
        let mut call = scripts::BATCH.on(&keys::prefix(&queue), self.link.clock_offset());
        call.arg(batch.as_bytes());
        let fields = array(self.link.script(&call).await?)?;
        if fields.is_empty() { Ok(None) } else { read(batch, queue, fields).map(Some) }
    }
}

impl RedisEngine {
    /// Whether all of many members fit. A few are added in one step, which sees for itself.
    async fn look_for_room(
        &self,
        queue: &QueueName,
        batch: BatchId,
        members: &[JobId],
    ) -> Result<BatchAnswer, EngineError> {
        let mut new = 0;
        if members.len() > CHUNK {
            for chunk in pieces(members) {
                let (answer, ids) = self.change_batch(queue, batch, Change::Count(new), chunk).await?;
                if answer != BatchAnswer::Applied {
                    return Ok(answer);
                }
                new += ids.len();
            }
        }
        Ok(BatchAnswer::Applied)
    }

    async fn strike_out(
        &self,
        queue: &QueueName,
        batch: BatchId,
        members: &[JobId],
    ) -> Result<BatchAnswer, EngineError> {
        for chunk in pieces(members) {
            let (answer, _struck) = self.change_batch(queue, batch, Change::Remove, chunk).await?;
            if answer != BatchAnswer::Applied {
                return Ok(answer);
            }
        }
        Ok(BatchAnswer::Applied)
    }

    /// One call; answers the members that are new, or were struck out.
    async fn change_batch(
        &self,
        queue: &QueueName,
        batch: BatchId,
        change: Change,
        members: &[JobId],
    ) -> Result<(BatchAnswer, Vec<JobId>), EngineError> {
        let (what, before) = match change {
            Change::Count(before) => ("count", before),
            Change::Add => ("add", 0),
            Change::Remove => ("remove", 0),
        };
        let mut call = scripts::CHANGE_BATCH.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(batch.as_bytes()).arg(what).arg(MAX_BATCH_MEMBERS).arg(before);
        for member in members {
            call.arg(member.as_bytes());
        }
        let (code, ids): (u8, Vec<Value>) = self.link.script(&call).await?;
        Ok((answer(code)?, ids.into_iter().map(job_id).collect::<Result<_, _>>()?))
    }
}

/// Pieces of a call each: one at least, so that also no members are answered.
fn pieces(members: &[JobId]) -> impl Iterator<Item = &[JobId]> {
    let none = members.is_empty().then_some(members);
    none.into_iter().chain(members.chunks(CHUNK))
}

fn distinct(members: &[JobId]) -> Vec<JobId> {
    let mut seen = HashSet::with_capacity(members.len());
    members.iter().copied().filter(|member| seen.insert(*member)).collect()
}

fn answer(code: u8) -> Result<BatchAnswer, EngineError> {
    match code {
        0 => Ok(BatchAnswer::NotFound),
        1 => Ok(BatchAnswer::Applied),
        2 => Ok(BatchAnswer::Sealed),
        3 => Ok(BatchAnswer::Full),
        _ => Err(corrupt(format!("the code {code} for a batch"))),
    }
}

/// Reads the fields in the order in which `batch.lua` answers them.
fn read(id: BatchId, queue: QueueName, fields: Vec<Value>) -> Result<Batch, EngineError> {
    let mut fields = fields.into_iter();
    let mut next = || fields.next().unwrap_or_default();
    let tenant = text(&bytes(next())?)?.parse().map_err(|_| corrupt("a batch of a tenant that is none"))?;
    let description = text(&bytes_or_none(next())?)?.to_owned();
    let created_at = instant(next())?.ok_or_else(|| corrupt("a batch that was never opened"))?;
    let sealed = next() != Value::Nil;
    let finished_at = instant(next())?;
    let mut number = || stored_number(next()).map(Option::unwrap_or_default);
    let (total, pending) = (number()?, number()?);
    let (completed, cancelled, discarded) = (number()?, number()?, number()?);
    let callback = match next() {
        Value::Nil => None,
        stored => Some(job_id(stored)?),
    };
    Ok(Batch {
        id,
        queue,
        tenant,
        description,
        created_at,
        sealed,
        finished_at,
        total,
        pending,
        completed,
        cancelled,
        discarded,
        callback,
    })
}

fn bytes_or_none(value: Value) -> Result<Bytes, EngineError> {
    optional_bytes(value).map(Option::unwrap_or_default)
}

fn text(bytes: &[u8]) -> Result<&str, EngineError> {
    std::str::from_utf8(bytes).map_err(|_| corrupt("a batch with a text that is no UTF-8"))
}

fn stored_number(value: Value) -> Result<Option<u64>, EngineError> {
    let Some(digits) = optional_bytes(value)? else { return Ok(None) };
    let number = text(&digits)?.parse().map_err(|_| corrupt("a batch with a number that is none"))?;
    Ok(Some(number))
}

fn instant(value: Value) -> Result<Option<Timestamp>, EngineError> {
    let millis = stored_number(value)?;
    Ok(millis.map(|millis| Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))))
}
