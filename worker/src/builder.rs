use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use windlass_queue::{Client, Engine, Registry, Retention, WorkerInfo};
use windlass_shared::{Clock, KindName, QueueName};

use crate::lease::LeaseTiming;
use crate::running::RunningWorker;
use crate::start::{StartError, start};

/// A worker: the part of a process that claims jobs, runs their handlers and settles them.
///
/// A process runs one worker; it serves any number of queues.
#[derive(Debug)]
pub struct Worker;

/// What a worker is to be like. Everything has a value that serves most.
#[derive(Debug, Clone)]
pub struct WorkerBuilder {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) registry: Arc<Registry>,
    client: Option<Client>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) queues: Vec<QueueName>,
    pub(crate) concurrency: NonZeroUsize,
    pub(crate) name: Option<String>,
    pub(crate) host: String,
    pub(crate) drain_for: Duration,
    pub(crate) stop_grace: Duration,
    pub(crate) retention: Retention,
    pub(crate) lease: LeaseTiming,
}

impl Worker {
    /// A worker that runs the kinds of `registry` from the queues of `engine`.
    pub fn builder(engine: Arc<dyn Engine>, registry: Arc<Registry>, clock: Arc<dyn Clock>) -> WorkerBuilder {
        const USUAL_CONCURRENCY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(19);
        WorkerBuilder {
            queues: registry.catalog().queues(),
            engine,
            registry,
            client: None,
            clock,
            concurrency: USUAL_CONCURRENCY,
            name: None,
            host: "localhost".to_owned(),
            drain_for: Duration::from_secs(30),
            stop_grace: Duration::from_secs(5),
            retention: Retention::default(),
            lease: LeaseTiming::default(),
        }
    }
}

impl WorkerBuilder {
    /// Which queues it serves: by default those of every kind that is registered.
    pub fn queues(mut self, queues: impl IntoIterator<Item = QueueName>) -> Self {
        self.queues = queues.into_iter().collect();
        self.queues.sort();
        self.queues.dedup();
        self
    }

    /// How its handlers enqueue what follows from their jobs: by default with the kinds that the worker serves itself.
    pub fn client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    /// How many jobs of each queue it runs at a time: by default 20, at most 1,048,576.
    pub const fn concurrency(mut self, jobs: NonZeroUsize) -> Self {
        self.concurrency = jobs;
        self
    }

    /// The name by which people recognize it: by default its host and process id.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The host that it runs on, for those who look.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// How long running jobs may go on after [`drain`](RunningWorker::drain): by default 30 s.
    pub const fn drain_for(mut self, most: Duration) -> Self {
        self.drain_for = most;
        self
    }

    /// How long a handler may take to stop when it has to, before it is left behind as stuck: by default 5 s. When its
    /// attempt is over, only one that blocks its thread takes any time. When its job is to be cancelled, it may use
    /// that time to put things in order; then it is dropped.
    pub const fn stop_grace(mut self, grace: Duration) -> Self {
        self.stop_grace = grace;
        self
    }

    /// How long finished jobs are kept.
    pub const fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// How its lease is timed. All workers of an installation have to agree about how long a lease lasts.
    pub const fn lease(mut self, timing: LeaseTiming) -> Self {
        self.lease = timing;
        self
    }

    /// Starts it on the current tokio runtime. The engine need not be there yet: the worker waits for it.
    pub fn start(self) -> Result<RunningWorker, StartError> {
        start(&self)
    }

    pub(crate) fn info(&self) -> WorkerInfo {
        let pid = std::process::id();
        WorkerInfo {
            name: self.name.clone().unwrap_or_else(|| format!("{}-{pid}", self.host)),
            host: self.host.clone(),
            pid,
            started_at: self.clock.now(),
            kinds: self.kinds(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// The kinds that have a handler, whatever queue they live in: one that has moved may have left jobs behind.
    pub(crate) fn kinds(&self) -> Vec<KindName> {
        self.registry.catalog().kinds().map(|kind| kind.name.clone()).collect()
    }

    pub(crate) fn enqueuer(&self) -> Client {
        self.client.clone().unwrap_or_else(|| {
            let catalog = Arc::new(self.registry.catalog().clone());
            Client::new(Arc::clone(&self.engine), catalog, Arc::clone(&self.clock))
        })
    }
}
