use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc;
use windlass_queue::{AttemptError, Catalog, Depth, Enqueued, ErrorReason, Job};
use windlass_shared::{Claim, ClaimNumber, JobId, QueueName};
use windlass_sqlite::SqliteEngine;
use windlass_worker::{
    Backoff, Client, Clock, Engine, EnqueueOptions, Execution, Handler, JobContext, JobError, JobKind,
    LeaseTiming, Registry, RunningWorker, ShutdownReport, SystemClock, Worker, WorkerBuilder, async_trait,
};

use crate::tap::Tap;

/// How long a test waits for a signal before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A job that does what the test says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct Step {
    pub(crate) number: u32,
}

impl JobKind for Step {
    const NAME: &'static str = "test.step";
    const RETRIES: u16 = 1;
    type Output = Value;

    fn backoff() -> Backoff {
        Backoff::Fixed(Duration::ZERO)
    }
}

/// The same on a thread of its own, and without a retry.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct Crunch {
    pub(crate) number: u32,
}

impl JobKind for Crunch {
    const NAME: &'static str = "test.crunch";
    const RETRIES: u16 = 0;
    const EXECUTION: Execution = Execution::Blocking;
    type Output = Value;
}

type Script = dyn Fn(u32, JobContext) -> BoxFuture<'static, Result<Value, JobError>> + Send + Sync;

/// Runs a script, and tells the test that it has started.
struct Scripted {
    started: mpsc::UnboundedSender<Started>,
    script: Arc<Script>,
}

/// A handler has started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Started {
    pub(crate) number: u32,
    pub(crate) attempt: u16,
}

impl Scripted {
    async fn perform(&self, number: u32, context: &JobContext) -> Result<Value, JobError> {
        // The test may have ended already.
        let _ended = self.started.send(Started { number, attempt: context.attempt });
        (self.script)(number, context.clone()).await
    }
}

#[async_trait]
impl Handler<Step> for Scripted {
    async fn run(&self, args: Step, context: &JobContext) -> Result<Value, JobError> {
        self.perform(args.number, context).await
    }
}

#[async_trait]
impl Handler<Crunch> for Scripted {
    async fn run(&self, args: Crunch, context: &JobContext) -> Result<Value, JobError> {
        self.perform(args.number, context).await
    }
}

/// A real engine in a folder of its own, behind a tap.
pub(crate) struct Bench {
    pub(crate) tap: Arc<Tap>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) client: Client,
    pub(crate) started: mpsc::UnboundedReceiver<Started>,
    registry: Arc<Registry>,
    _folder: TempDir,
}

impl Bench {
    /// A bench whose jobs all run this script.
    pub(crate) fn new<F>(script: impl Fn(u32, JobContext) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Value, JobError>> + Send + 'static,
    {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = SqliteEngine::open(folder.path().join("queue.db"), Arc::new(SystemClock)).unwrap();
        let tap = Arc::new(Tap::new(Arc::new(sqlite)));
        let engine: Arc<dyn Engine> = Arc::clone(&tap) as _;
        let (sender, started) = mpsc::unbounded_channel();
        let script: Arc<Script> = Arc::new(move |number, context| Box::pin(script(number, context)));
        let scripted = || Scripted { started: sender.clone(), script: Arc::clone(&script) };
        let mut registry = Registry::new();
        registry.add::<Step>(scripted()).unwrap();
        registry.add::<Crunch>(scripted()).unwrap();
        let mut catalog = Catalog::new();
        catalog.add::<Step>().unwrap();
        catalog.add::<Crunch>().unwrap();
        catalog.add::<Foreign>().unwrap();
        catalog.add::<Elsewhere>().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let client = Client::new(Arc::clone(&engine), Arc::new(catalog), clock);
        Self { tap, engine, client, started, registry: Arc::new(registry), _folder: folder }
    }

    /// A worker of this bench, to be changed and started.
    pub(crate) fn worker(&self) -> WorkerBuilder {
        Worker::builder(Arc::clone(&self.engine), Arc::clone(&self.registry), Arc::new(SystemClock))
    }

    pub(crate) fn start(&self) -> RunningWorker {
        self.worker().start().unwrap()
    }

    pub(crate) fn start_with_concurrency(&self, jobs: usize) -> RunningWorker {
        self.worker().concurrency(NonZeroUsize::new(jobs).unwrap()).start().unwrap()
    }

    /// Enqueues jobs of [`Step`] with these numbers.
    pub(crate) async fn enqueue(&self, numbers: impl IntoIterator<Item = u32>) -> Vec<JobId> {
        let mut ids = Vec::new();
        for number in numbers {
            ids.push(self.enqueue_one(&Step { number }).await.id);
        }
        ids
    }

    /// Enqueues a job of which each attempt has a tenth of a second.
    pub(crate) async fn enqueue_brief(&self, number: u32) -> JobId {
        let timeout = Some(Duration::from_millis(100));
        let options = EnqueueOptions { timeout, ..EnqueueOptions::default() };
        self.client.enqueue(&Crunch { number }, options).await.unwrap().id
    }

    pub(crate) async fn enqueue_one<K: JobKind>(&self, args: &K) -> Enqueued {
        self.client.enqueue(args, EnqueueOptions::default()).await.unwrap()
    }

    /// The next start of a handler.
    pub(crate) async fn next(&mut self) -> Started {
        tokio::time::timeout(PATIENCE, self.started.recv()).await.expect("no handler started").unwrap()
    }

    /// The numbers of the next starts, sorted.
    pub(crate) async fn next_numbers(&mut self, count: usize) -> Vec<u32> {
        let mut numbers = Vec::new();
        for _ in 0..count {
            numbers.push(self.next().await.number);
        }
        numbers.sort_unstable();
        numbers
    }

    pub(crate) async fn job(&self, id: JobId) -> Job {
        self.engine.get(&[id]).await.unwrap().remove(0).unwrap()
    }

    /// Waits until the stored job is as it should be, for what no handler can tell.
    pub(crate) async fn until(&self, id: JobId, wanted: impl Fn(&Job) -> bool) -> Job {
        let looking = async {
            loop {
                let job = self.job(id).await;
                if wanted(&job) {
                    return job;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.expect("the job does not come to be so")
    }

    /// Waits until the queue is as it should be.
    pub(crate) async fn until_depth(&self, wanted: impl Fn(&Depth) -> bool) {
        let looking = async {
            while !wanted(&self.engine.depth(&queue()).await.unwrap()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.expect("the queue does not come to be so");
    }

    /// Waits until steps and checkpoints were tried so often to be recorded or read.
    pub(crate) async fn until_tried(&self, times: usize) {
        let looking = async {
            while self.tap.record_calls.load(Ordering::SeqCst) < times {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.expect("nothing is recorded");
    }

    /// The claims of the jobs that run.
    pub(crate) async fn running(&self) -> Vec<Claim> {
        let page = self.engine.running(&queue(), None, 100).await.unwrap();
        page.claims.into_iter().map(|held| held.claim).collect()
    }

    pub(crate) async fn jobs(&self, ids: &[JobId]) -> Vec<Job> {
        self.engine.get(ids).await.unwrap().into_iter().map(Option::unwrap).collect()
    }
}

/// Lets the running jobs end, then the worker.
pub(crate) async fn drained(worker: RunningWorker) -> ShutdownReport {
    worker.drain();
    ended(worker).await
}

pub(crate) async fn ended(worker: RunningWorker) -> ShutdownReport {
    tokio::time::timeout(PATIENCE, worker.join()).await.expect("the worker does not end")
}

/// A lease that is over quickly, for tests in which it is lost.
pub(crate) const SHORT_LEASE: LeaseTiming = LeaseTiming {
    beat_every: Duration::from_millis(50),
    lasts: Duration::from_millis(1_500),
    margin: Duration::from_millis(700),
    beat_timeout: Duration::from_millis(300),
};

/// A lease that a busy machine keeps too, for tests in which it must not be lost.
pub(crate) const STEADY_LEASE: LeaseTiming = LeaseTiming {
    beat_every: Duration::from_millis(50),
    lasts: Duration::from_secs(3),
    margin: Duration::from_millis(500),
    beat_timeout: Duration::from_secs(1),
};

pub(crate) fn queue() -> QueueName {
    "default".parse().unwrap()
}

/// A kind that no worker of these tests serves.
#[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct Foreign {}

impl JobKind for Foreign {
    const NAME: &'static str = "test.foreign";
    type Output = ();
}

/// A kind that lives in another queue, which no worker of these tests serves.
#[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct Elsewhere {}

impl JobKind for Elsewhere {
    const NAME: &'static str = "test.elsewhere";
    const QUEUE: &'static str = "elsewhere";
    type Output = ();
}

/// How a test says that an attempt failed.
pub(crate) fn failure() -> AttemptError {
    let (at, message) = (SystemClock.now(), "decided by the test".to_owned());
    AttemptError { attempt: 1, claim: ClaimNumber::new(1), at, reason: ErrorReason::Transient, message }
}
