//! The loops of the relay: started together, stopped together. Any number of processes may run them.

mod outbox;
mod prune;
mod record;
mod repair;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use windlass_queue::{Client, Engine};
use windlass_shared::{Clock, Entropy};
use windlass_store::Store;

use crate::outbox::{OutboxRelay, ReadOutbox};
use crate::policy::HistoryPolicies;
use crate::recorder::{Payloads, Recorder};

/// What the relay stands between.
#[derive(Debug, Clone)]
pub struct Relay {
    /// Puts jobs on queues; its engine tells what happens to them.
    pub client: Client,
    /// Where the history and the outbox are.
    pub store: Store,
    /// Reads what is written into the outbox.
    pub reader: Arc<dyn ReadOutbox>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is recorded, and for how long it is kept.
    pub options: RelayOptions,
}

/// What is recorded, and for how long it is kept.
#[derive(Debug, Clone)]
pub struct RelayOptions {
    /// What of each kind goes into the history.
    pub policies: HistoryPolicies,
    /// Whether arguments and results do.
    pub payloads: Payloads,
    /// For how long rows of the history are kept.
    pub keep: Duration,
    /// How many events of a queue wait for the recorder at most, where this should not be the engine's own bound.
    pub most_events: Option<u64>,
}

impl Default for RelayOptions {
    /// Everything, for 90 days.
    fn default() -> Self {
        Self {
            policies: HistoryPolicies::default(),
            payloads: Payloads::default(),
            keep: Duration::from_hours(90 * 24),
            most_events: None,
        }
    }
}

/// The loops while they run. Dropped, they are cut off where they are, which loses nothing.
#[derive(Debug)]
pub struct RunningRelay {
    tasks: TaskTracker,
    end: CancellationToken,
}

impl Relay {
    /// Starts recording, repairing, relaying and pruning. What is away, engine or database, is waited for.
    pub fn start(self) -> RunningRelay {
        let (tasks, end) = (TaskTracker::new(), CancellationToken::new());
        let floor = Floor { entropy: Arc::new(Entropy::from_system()), end: end.clone() };
        let engine = Arc::clone(self.client.engine());
        let recorder = || self.recorder(&engine);
        tasks.spawn(record::run(recorder(), Arc::clone(&engine), self.options.most_events, floor.clone()));
        tasks.spawn(repair::run(recorder(), self.store.history(), floor.clone()));
        tasks.spawn(prune::run(
            self.store.clone(),
            Arc::clone(&self.clock),
            self.options.keep,
            floor.clone(),
        ));
        let outbox = OutboxRelay::new(self.client.clone(), self.store.outbox(), self.reader, self.clock);
        tasks.spawn(outbox::run(outbox, floor));
        tasks.close();
        RunningRelay { tasks, end }
    }

    fn recorder(&self, engine: &Arc<dyn Engine>) -> Recorder {
        Recorder::new(Arc::clone(engine), self.store.history(), Arc::clone(&self.clock))
            .policies(self.options.policies.clone())
            .payloads(self.options.payloads)
    }
}

impl RunningRelay {
    /// Ends the loops, each after the step that it is in.
    pub async fn stop(self) {
        self.end.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for RunningRelay {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

/// What every loop stands on.
#[derive(Debug, Clone)]
struct Floor {
    entropy: Arc<Entropy>,
    end: CancellationToken,
}

impl Floor {
    /// Lets time pass; answers whether to go on.
    async fn pause(&self, pause: Duration) -> bool {
        tokio::select! {
            () = self.end.cancelled() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }
}
