use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use windlass_queue::EngineError;

use super::Chore;
use crate::core::{Core, ServedQueue};

/// How much is delivered in one call.
const CHUNK: usize = 200;
/// How long one round goes on at most.
const ROUND: Duration = Duration::from_secs(5);

/// Delivers what jobs of the queue have left for other queues: the jobs that follow from them, and their ends where
/// they were members of batches.
#[derive(Debug)]
pub(crate) struct Relay {
    core: Arc<Core>,
    queue: Arc<ServedQueue>,
}

impl Relay {
    pub(crate) const fn new(core: Arc<Core>, queue: Arc<ServedQueue>) -> Self {
        Self { core, queue }
    }
}

#[async_trait]
impl Chore for Relay {
    const NAME: &'static str = "relay";
    const EVERY: Duration = Duration::from_secs(1);
    /// How many things were delivered.
    type Report = usize;

    async fn run_once(&mut self) -> Result<usize, EngineError> {
        let (mut count, until) = (0, Instant::now() + ROUND);
        loop {
            let delivered = self.core.engine.relay(&self.queue.name, CHUNK).await?;
            count += delivered;
            // Only zero means that nothing is left.
            if delivered == 0 || Instant::now() >= until {
                return Ok(count);
            }
        }
    }

    async fn called(&mut self) {
        self.queue.outgoing.notified().await;
    }
}
