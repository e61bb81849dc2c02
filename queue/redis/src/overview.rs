//! What a queue holds and who serves it, in numbers.

use windlass_queue::{Depth, EngineError, LivingWorker, Load};
use windlass_shared::{Incarnation, JobState, QueueName, TenantId, Timestamp};

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::keys;
use crate::scripts::{self, array, bytes, integer, optional_bytes};

impl RedisEngine {
    /// The numbers that scripts keep with each transition.
    pub(crate) async fn counts(&self, queue: &QueueName) -> Result<Depth, EngineError> {
        let mut command = redis::cmd("HMGET");
        command.arg(keys::of(queue, "counts"));
        for state in JobState::ALL {
            command.arg(state.code());
        }
        let counts: [Option<u64>; 8] = self.link.command(&command).await?;
        let [scheduled, pending, available, running, retryable, completed, cancelled, discarded] =
            counts.map(Option::unwrap_or_default);
        Ok(Depth { scheduled, pending, available, running, retryable, completed, cancelled, discarded })
    }

    pub(crate) async fn tell_load(
        &self,
        queue: &QueueName,
        tenant: Option<&TenantId>,
    ) -> Result<Load, EngineError> {
        let mut call = scripts::LOAD.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(tenant.map_or("", TenantId::as_str));
        let (due, oldest, of_tenant): (u64, i64, i64) = self.link.script(&call).await?;
        let oldest = (oldest >= 0).then(|| Timestamp::from_millis(oldest));
        Ok(Load { due, oldest, of_tenant: u64::try_from(of_tenant).ok() })
    }

    pub(crate) async fn living_workers(&self, queue: &QueueName) -> Result<Vec<LivingWorker>, EngineError> {
        let call = scripts::WORKERS.on(&keys::prefix(queue), self.link.clock_offset());
        let mut answer = array(self.link.script(&call).await?)?.into_iter();
        let mut workers = Vec::with_capacity(answer.len() / 4);
        while let (Some(worker), Some(info), Some(memory), Some(running)) =
            (answer.next(), answer.next(), answer.next(), answer.next())
        {
            let worker: &[u8] = &bytes(worker)?;
            let worker = worker.try_into().map_err(|_| corrupt("a worker of another length"))?;
            let memory = optional_bytes(memory)?.map(|memory| json(&memory)).transpose()?;
            workers.push(LivingWorker {
                incarnation: Incarnation::from_bytes(worker),
                info: json(&bytes(info)?)?,
                memory,
                running: u64::try_from(integer(&running)?).unwrap_or(0),
            });
        }
        workers.sort_by(|one, other| one.info.name.cmp(&other.info.name));
        Ok(workers)
    }
}

fn json<T: serde::de::DeserializeOwned>(text: &[u8]) -> Result<T, EngineError> {
    serde_json::from_slice(text).map_err(|error| corrupt(error.to_string()))
}
