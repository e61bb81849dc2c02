use std::sync::Arc;
use std::time::Duration;

use windlass_queue::{Engine, EventPosition};
use windlass_shared::{Clock, QueueName};
use windlass_store::{History, QueuePosition};

use crate::error::RelayError;

/// How far the history of a queue has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueProgress {
    /// Which queue.
    pub queue: QueueName,
    /// What has been recorded; `None` when nothing ever was.
    pub position: Option<QueuePosition>,
    /// How many events wait to be recorded.
    pub behind: u64,
    /// For how long the oldest of them has been waiting; zero when none does.
    pub lag: Duration,
}

/// Compares what has happened in each queue with what has been recorded of it.
pub async fn progress(
    engine: &Arc<dyn Engine>,
    history: &History,
    clock: &dyn Clock,
) -> Result<Vec<QueueProgress>, RelayError> {
    let mut told = Vec::new();
    for queue in engine.queues().await? {
        let position = history.position(&queue).await?;
        let read = position.as_ref().and_then(|position| position.position.clone()).map(EventPosition);
        let page = engine.events(&queue, read.as_ref(), 1).await?;
        let behind = page.events.len() as u64 + page.behind;
        let lag = page.events.first().map_or(Duration::ZERO, |event| clock.now().since(event.at));
        if position.is_some() || behind > 0 {
            told.push(QueueProgress { queue, position, behind, lag });
        }
    }
    Ok(told)
}
