use async_trait::async_trait;
use windlass_queue::{Beat, EngineError, KeepLease, QueueBeat};
use windlass_shared::{Incarnation, QueueName};

use crate::verbs::bury::retire;
use crate::verbs::heartbeat::heartbeat;
use crate::writer::Writer;

/// Keeps a lease with a writer of its own: a renewal waits for no other call of its process, and for the write
/// lock only as long as one transaction takes.
#[derive(Debug)]
pub(crate) struct Keeper {
    writer: Writer,
}

impl Keeper {
    pub(crate) fn new(writer: Writer) -> Self {
        Self { writer }
    }
}

#[async_trait]
impl KeepLease for Keeper {
    async fn heartbeat(&mut self, beat: &Beat) -> Result<Vec<QueueBeat>, EngineError> {
        let beat = beat.clone();
        self.writer.call(move |turn| heartbeat(turn, &beat)).await
    }

    async fn retire(&mut self, worker: Incarnation, queues: &[QueueName]) -> Result<(), EngineError> {
        let queues = queues.to_vec();
        self.writer.call(move |turn| retire(turn, worker, &queues)).await
    }
}
