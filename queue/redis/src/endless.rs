//! Sealed batches that can never end, since nobody whom they wait for exists.

use bytes::Bytes;
use redis::Value;
use windlass_queue::EngineError;
use windlass_shared::{JobId, QueueName};

use crate::engine::RedisEngine;
use crate::keys;
use crate::scripts::{self, job_id};

/// How many members one call reads, roughly.
const MEMBERS: usize = 1_000;

/// Ids of members, and as what they ended: empty while they are pending.
type Members = Vec<(Vec<u8>, Vec<u8>)>;

impl RedisEngine {
    /// Removes a sealed batch unless one of its pending members exists; answers whether it went.
    pub(crate) async fn prune_sealed(&self, queue: &QueueName, batch: &Bytes) -> Result<bool, EngineError> {
        let waits = self.waits_for_somebody(queue, batch).await?;
        let mut call = scripts::LOOK_AT_BATCH.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(batch.as_ref()).arg(u8::from(waits));
        let went: u8 = self.link.script(&call).await?;
        Ok(went == 1)
    }

    /// Whether a pending member of a batch exists, in whatever queue. It ends with the first one that does, so only a
    /// batch that is lost is read to its end.
    async fn waits_for_somebody(&self, queue: &QueueName, batch: &Bytes) -> Result<bool, EngineError> {
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("HSCAN");
            scan.arg(keys::members(queue, batch)).arg(cursor).arg("COUNT").arg(MEMBERS);
            let (next, page): (u64, Members) = self.link.command(&scan).await?;
            let pending = page.into_iter().filter(|(_, end)| end.is_empty());
            let pending: Vec<_> =
                pending.map(|(id, _)| job_id(Value::BulkString(id))).collect::<Result<_, _>>()?;
            if self.one_exists(&pending).await? {
                return Ok(true);
            }
            cursor = next;
            if cursor == 0 {
                return Ok(false);
            }
        }
    }

    async fn one_exists(&self, jobs: &[JobId]) -> Result<bool, EngineError> {
        for (queue, positions) in self.queues.group(jobs.iter().copied()).await? {
            let mut exists = redis::cmd("EXISTS");
            for position in positions {
                exists.arg(keys::job(&queue, jobs[position]));
            }
            let found: usize = self.link.command(&exists).await?;
            if found > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
