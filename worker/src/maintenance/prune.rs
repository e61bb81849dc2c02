use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use windlass_queue::{EngineError, Retention};

use super::Chore;
use crate::core::{Core, ServedQueue};

/// How many jobs are removed in one call.
const CHUNK: usize = 500;

/// Removes finished jobs that are past their retention.
#[derive(Debug)]
pub(crate) struct Prune {
    core: Arc<Core>,
    queue: Arc<ServedQueue>,
    retention: Retention,
}

impl Prune {
    pub(crate) const fn new(core: Arc<Core>, queue: Arc<ServedQueue>, retention: Retention) -> Self {
        Self { core, queue, retention }
    }
}

#[async_trait]
impl Chore for Prune {
    const NAME: &'static str = "prune";
    const EVERY: Duration = Duration::from_secs(30);
    /// How many jobs went.
    type Report = usize;

    async fn run_once(&mut self) -> Result<usize, EngineError> {
        let mut count = 0;
        loop {
            let gone = self.core.engine.prune(&self.queue.name, &self.retention, CHUNK).await?;
            count += gone;
            if gone < CHUNK {
                return Ok(count);
            }
        }
    }
}
