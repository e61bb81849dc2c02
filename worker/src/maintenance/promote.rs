use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use windlass_queue::EngineError;

use super::Chore;
use crate::core::{Core, ServedQueue};

/// How many jobs are promoted in one call.
const CHUNK: usize = 500;

/// Promotes what is due while no claimer of this worker does it by claiming.
#[derive(Debug)]
pub(crate) struct Promote {
    core: Arc<Core>,
    queue: Arc<ServedQueue>,
}

impl Promote {
    pub(crate) const fn new(core: Arc<Core>, queue: Arc<ServedQueue>) -> Self {
        Self { core, queue }
    }
}

#[async_trait]
impl Chore for Promote {
    const NAME: &'static str = "promote";
    const EVERY: Duration = Duration::from_secs(1);
    /// How many jobs became available.
    type Report = usize;

    async fn run_once(&mut self) -> Result<usize, EngineError> {
        let mut count = 0;
        // An idle claimer sleeps until the next job is due, and its claim promotes.
        while !self.queue.idle.load(Ordering::Relaxed) {
            let promoted = self.core.engine.promote(&self.queue.name, CHUNK).await?;
            count += promoted.count;
            if promoted.count == 0 || promoted.next_due != Some(Duration::ZERO) {
                break;
            }
        }
        Ok(count)
    }
}
