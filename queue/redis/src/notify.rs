use std::time::Duration;

use async_trait::async_trait;
use windlass_queue::{EngineError, Listen, Notice};
use windlass_shared::{Incarnation, QueueName};

use crate::error::corrupt;
use crate::link::Link;
use crate::{keys, member};

/// The longest single wait; a caller that wants to wait longer asks again.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Waits at the worker's own list over a connection of its own. The list keeps what is told while nobody waits.
#[derive(Debug)]
pub(crate) struct Listener {
    link: Link,
    worker: Incarnation,
    key: Vec<u8>,
}

impl Listener {
    pub(crate) fn new(link: &Link, worker: Incarnation, queue: &QueueName) -> Self {
        Self { link: link.patient(LONGEST_WAIT), worker, key: keys::wake(queue, worker) }
    }

    fn notice(&self, told: &[u8]) -> Result<Notice, EngineError> {
        match told.split_first() {
            Some((b'w', [])) => Ok(Notice::Work),
            Some((b'c', claim)) => member::claim_of(self.worker, claim).map(Notice::Cancel),
            _ => Err(corrupt("a notice that is none")),
        }
    }
}

#[async_trait]
impl Listen for Listener {
    async fn next(&mut self, timeout: Duration) -> Result<Vec<Notice>, EngineError> {
        // Zero would wait for ever.
        let wait = timeout.clamp(Duration::from_millis(1), LONGEST_WAIT);
        let mut blocking = redis::cmd("BLMPOP");
        blocking.arg(wait.as_secs_f64()).arg(1).arg(&self.key).arg("LEFT").arg("COUNT").arg(100);
        let told: Option<(Vec<u8>, Vec<Vec<u8>>)> = self.link.command(&blocking).await?;
        let told = told.map(|(_key, told)| told).unwrap_or_default();
        told.iter().map(|told| self.notice(told)).collect()
    }
}
