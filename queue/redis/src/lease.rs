use async_trait::async_trait;
use futures_util::future::try_join_all;
use redis::Value;
use windlass_queue::{Beat, EngineError, KeepLease, QueueBeat};
use windlass_shared::{Incarnation, QueueName};

use crate::error::corrupt;
use crate::link::Link;
use crate::scripts::{self, array, bytes, integer};
use crate::{keys, member};

/// Renews leases over a connection of its own.
#[derive(Debug)]
pub(crate) struct LeaseKeeper {
    link: Link,
}

impl LeaseKeeper {
    pub(crate) const fn new(link: Link) -> Self {
        Self { link }
    }

    async fn beat(&self, queue: &QueueName, beat: &Beat, info: &[u8]) -> Result<QueueBeat, EngineError> {
        let worker = beat.worker;
        let mut call = scripts::HEARTBEAT.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(worker.as_bytes()).arg(info);
        call.arg(beat.memory.map_or_else(String::new, |bytes| bytes.to_string()));
        for kind in &beat.info.kinds {
            call.arg(kind.as_str());
        }
        let mut answer = array(self.link.script::<Value>(&call).await?)?.into_iter();
        let held = integer(&answer.next().unwrap_or_default())?;
        let cancels =
            answer.map(|claim| member::claim_of(worker, &bytes(claim)?)).collect::<Result<_, _>>()?;
        Ok(QueueBeat { queue: queue.clone(), held: usize::try_from(held).unwrap_or(0), cancels })
    }
}

#[async_trait]
impl KeepLease for LeaseKeeper {
    async fn heartbeat(&mut self, beat: &Beat) -> Result<Vec<QueueBeat>, EngineError> {
        let info = serde_json::to_vec(&beat.info).map_err(|error| corrupt(error.to_string()))?;
        // All at once over one connection: the time does not add up over the queues.
        try_join_all(beat.queues.iter().map(|queue| self.beat(queue, beat, &info))).await
    }

    async fn retire(&mut self, worker: Incarnation, queues: &[QueueName]) -> Result<(), EngineError> {
        for queue in queues {
            let mut call = scripts::RETIRE.on(&keys::prefix(queue), self.link.clock_offset());
            call.arg(worker.as_bytes());
            let _done: u8 = self.link.script(&call).await?;
        }
        Ok(())
    }
}
