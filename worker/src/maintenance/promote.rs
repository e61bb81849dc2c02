use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use windlass_queue::EngineError;

use super::Chore;
use crate::core::{Core, ServedQueue};

/// How many jobs are promoted in one call.
const CHUNK: usize = 500;
/// Beside an idle claimer only every so manieth round is needed.
const IDLE_ROUNDS: u32 = 5;

/// Promotes what is due while no claimer of this worker does it by claiming, and does what claims leave undone: what has
/// expired is discarded although nobody comes across it.
#[derive(Debug)]
pub(crate) struct Promote {
    core: Arc<Core>,
    queue: Arc<ServedQueue>,
    /// How many rounds were left out one after the other.
    left_out: u32,
}

impl Promote {
    pub(crate) const fn new(core: Arc<Core>, queue: Arc<ServedQueue>) -> Self {
        Self { core, queue, left_out: 0 }
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
        if self.queue.idle.load(Ordering::Relaxed) && self.left_out + 1 < IDLE_ROUNDS {
            self.left_out += 1;
            return Ok(count);
        }
        self.left_out = 0;
        loop {
            let promoted = self.core.engine.promote(&self.queue.name, CHUNK).await?;
            count += promoted.count;
            if promoted.count == 0 || promoted.next_due != Some(Duration::ZERO) {
                break;
            }
        }
        Ok(count)
    }
}
