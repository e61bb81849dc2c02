use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use windlass_queue::{EngineError, Listen, Notice};

use crate::core::{Core, ServedQueue};
use crate::outage::Outage;

/// How long one call listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// Hears of work and of cancellations in one queue, also while the worker drains.
#[derive(Debug)]
pub(crate) struct Listener {
    core: Arc<Core>,
    queue: Arc<ServedQueue>,
    ear: Option<Box<dyn Listen>>,
    outage: Outage,
}

impl Listener {
    /// A listener that is not connected yet.
    pub(crate) fn new(core: Arc<Core>, queue: Arc<ServedQueue>) -> Self {
        let outage = core.outage("listener", &queue.name);
        Self { core, queue, ear: None, outage }
    }

    /// Listens until the worker ends.
    pub(crate) async fn run(mut self) {
        let end = self.core.phases.end.clone();
        let listening = async {
            loop {
                match self.run_once().await {
                    Ok(()) => self.outage.over(),
                    Err(error) => {
                        self.ear = None;
                        sleep(self.outage.failed(&error)).await;
                    }
                }
            }
        };
        tokio::select! {
            () = end.cancelled() => {}
            () = listening => {}
        }
    }

    /// Connects if need be, and passes on what is heard next.
    pub(crate) async fn run_once(&mut self) -> Result<(), EngineError> {
        let ear = if let Some(ear) = &mut self.ear {
            ear
        } else {
            let ear = self.core.engine.listener(self.core.worker, &self.queue.name).await?;
            // Whatever was said before somebody listened has to be looked for.
            self.queue.work.notify_one();
            self.ear.insert(ear)
        };
        for notice in ear.next(PATIENCE).await? {
            match notice {
                Notice::Work => self.queue.work.notify_one(),
                Notice::Cancel(claim) => self.queue.holdings.cancel(&claim),
            }
        }
        Ok(())
    }
}
