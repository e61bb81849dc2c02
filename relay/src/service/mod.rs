//! The loops of the relay: started together, stopped together. Any number of processes may run them.

mod gate;
mod outbox;
mod prune;
mod record;
mod repair;
mod sweep;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use windlass_queue::{Client, Engine};
use windlass_shared::{Clock, Entropy, QueueName};
use windlass_store::Store;
use windlass_store::blobs::Blobs;

use self::gate::Gate;
use crate::outbox::{OutboxRelay, ReadOutbox};
use crate::policy::HistoryPolicies;
use crate::recorder::{Payloads, Recorder};
use crate::sweeper::Sweeper;

/// What the relay stands between.
#[derive(Debug, Clone)]
pub struct Relay {
    /// Puts jobs on queues; its engine tells what happens to them.
    pub client: Client,
    /// Where the history and the outbox are.
    pub store: Store,
    /// Where the large values of jobs are, if anywhere.
    pub blobs: Option<Blobs>,
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

/// The loops while they run. Dropped, they end after the steps that they are in, which nobody waits for.
#[derive(Debug)]
pub struct RunningRelay {
    tasks: TaskTracker,
    end: CancellationToken,
}

impl Relay {
    /// Starts recording, repairing, relaying, pruning and sweeping. What is away, engine or database, is waited for, and so
    /// are tables that are not those of this version.
    pub fn start(self) -> RunningRelay {
        let end = CancellationToken::new();
        let floor = Floor { entropy: Arc::new(Entropy::from_system()), end: end.clone() };
        let gate = Gate::new(self.store.clone(), floor.clone());
        let engine = Arc::clone(self.client.engine());
        let (history, clock) = (self.store.history(), Arc::clone(&self.clock));
        let recorder = || self.recorder(&engine);
        let active = Active::default();
        let most_events = self.options.most_events;
        let round = record::Round::new(recorder(), Arc::clone(&engine), most_events, active.clone());
        gate.spawn(record::run(round, floor.clone()));
        gate.spawn(repair::run(recorder(), history.clone(), active, floor.clone()));
        gate.spawn(prune::run(self.store.clone(), Arc::clone(&clock), self.options.keep, floor.clone()));
        if let Some(blobs) = self.blobs {
            let sweeper = Sweeper::new(blobs, Arc::clone(&engine), history, Arc::clone(&clock));
            gate.spawn(sweep::run(sweeper, floor.clone()));
        }
        let outbox = OutboxRelay::new(self.client.clone(), self.store.outbox(), self.reader, clock);
        gate.spawn(outbox::run(outbox, floor));
        RunningRelay { tasks: gate.close(), end }
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

/// The queues that this process records, rather than another one. One is enough to make up for what was lost, too.
#[derive(Debug, Clone, Default)]
struct Active(Arc<Mutex<HashSet<QueueName>>>);

impl Active {
    fn note(&self, queue: &QueueName, is_active: bool) {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_active {
            queues.remove(queue);
        } else if !queues.contains(queue) {
            queues.insert(queue.clone());
        }
    }

    fn has(&self, queue: &QueueName) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(queue)
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
