use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use windlass_queue::{EngineError, Retention};

use super::Chore;
use crate::core::{Core, ServedQueue};

/// How many jobs are asked for in one call; engines may remove fewer at a time.
const CHUNK: usize = 500;
/// How long one round goes on at most, so that a large backlog leaves the engine time for jobs.
const ROUND: Duration = Duration::from_secs(5);

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
        let (mut count, until) = (0, Instant::now() + ROUND);
        loop {
            let gone = self.core.engine.prune(&self.queue.name, &self.retention, CHUNK).await?;
            count += gone;
            // Only zero means that nothing is left: how much goes in one call is for each engine to say.
            if gone == 0 || Instant::now() >= until {
                return Ok(count);
            }
            tokio::task::yield_now().await;
        }
    }
}
