use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;
use tracing::trace;
use windlass_queue::{EngineError, Listen, Notice};
use windlass_shared::{Incarnation, QueueNumber};

use super::Signal;

/// How often a listener says that there may be work.
const PAUSE: Duration = Duration::from_millis(250);

/// Stands in for sockets where the system has none: every listener looks again after a while.
///
/// Cancellations are heard of with the next heartbeat.
#[derive(Debug)]
pub(crate) struct Waker;

impl Waker {
    pub(crate) fn beside(_database: &Path) -> Result<Self, EngineError> {
        Ok(Self)
    }

    pub(crate) fn send(&self, signals: &[Signal]) -> Vec<QueueNumber> {
        for Signal { queue, worker, notice } in signals {
            trace!(queue = queue.get(), %worker, ?notice, "they will see for themselves");
        }
        Vec::new()
    }

    pub(crate) fn listen(
        &self,
        _worker: Incarnation,
        _queue: QueueNumber,
    ) -> Result<Box<dyn Listen>, EngineError> {
        Ok(Box::new(PollingListener))
    }
}

#[derive(Debug)]
struct PollingListener;

#[async_trait]
impl Listen for PollingListener {
    async fn next(&mut self, timeout: Duration) -> Result<Vec<Notice>, EngineError> {
        sleep(timeout.min(PAUSE)).await;
        Ok(vec![Notice::Work])
    }
}
