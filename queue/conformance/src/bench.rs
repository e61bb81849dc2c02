use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use windlass_queue::{Beat, Engine, NewBatch, NewJob, WorkerInfo};
use windlass_shared::{
    BatchId, Clock, Entropy, Incarnation, JobId, QueueName, QueueNumber, TenantId, Timestamp,
};

use crate::Subject;

/// The time that tests let pass: far more than a test takes, so that the time it takes does not count.
pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// What a promise is tried on: an engine and a queue of its own, which no other test uses.
#[derive(Clone)]
pub struct Bench {
    subject: Arc<dyn Subject>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) queue: QueueName,
    pub(crate) number: QueueNumber,
    entropy: Arc<Entropy>,
}

impl Bench {
    /// A bench with a new queue.
    pub async fn new(subject: impl Subject) -> Self {
        let engine = subject.engine();
        let entropy = Arc::new(Entropy::from_system());
        let (queue, number) = new_queue(engine.as_ref(), &entropy).await;
        Self { subject: Arc::new(subject), engine, queue, number, entropy }
    }

    /// The same queue, as another process sees it.
    pub(crate) async fn second(&self) -> Self {
        Self { engine: self.subject.second().await, ..self.clone() }
    }

    /// Another queue on the same engine.
    pub(crate) async fn another_queue(&self) -> Self {
        let (queue, number) = new_queue(self.engine.as_ref(), &self.entropy).await;
        Self { queue, number, ..self.clone() }
    }

    /// Lets time pass for the engine.
    pub(crate) fn advance(&self, by: Duration) {
        self.subject.clock().advance(by);
    }

    /// Steps the engine's clock back.
    pub(crate) fn step_back(&self, by: Duration) {
        self.subject.clock().step_back(by);
    }

    /// What time it is for the engine, to within a second.
    pub(crate) fn now(&self) -> Timestamp {
        self.subject.clock().now()
    }

    /// How many random histories of each theme are tried.
    pub(crate) fn histories(&self) -> u32 {
        self.subject.histories()
    }

    /// Any number.
    pub(crate) fn number_at_random(&self) -> u64 {
        self.entropy.number()
    }

    /// A worker that has just started.
    pub(crate) fn worker(&self) -> Incarnation {
        Incarnation::draw(&self.entropy)
    }

    /// A name that no other test uses, for kinds, tenants and tags.
    pub(crate) fn name(&self) -> String {
        format!("only-{:016x}", self.entropy.number())
    }

    /// An id in this queue that no job has.
    pub(crate) fn unused_id(&self) -> JobId {
        JobId::new(self.now(), self.number, self.entropy.number())
    }

    /// A job that may start now, with nothing special about it.
    pub(crate) fn new_job(&self) -> NewJob {
        NewJob {
            timeout: 24 * HOUR,
            ..NewJob::plain(self.unused_id(), self.queue.clone(), "conformance.plain".parse().unwrap())
        }
    }

    /// `count` jobs with nothing special about them.
    pub(crate) fn new_jobs(&self, count: usize) -> Vec<NewJob> {
        (0..count).map(|_| self.new_job()).collect()
    }

    /// A batch that this queue keeps, without a callback.
    pub(crate) fn new_batch(&self) -> NewBatch {
        NewBatch {
            id: BatchId::new(self.now(), self.number, self.entropy.number()),
            queue: self.queue.clone(),
            tenant: TenantId::default(),
            description: "conformance".to_owned(),
            callback: None,
        }
    }

    /// A sign of life in this queue of `worker`, which serves what [`Bench::new_job`] makes.
    pub(crate) fn beat(&self, worker: Incarnation) -> Beat {
        self.beat_serving(worker, &["conformance.plain"])
    }

    /// A sign of life in this queue of `worker`, which serves `kinds`.
    pub(crate) fn beat_serving(&self, worker: Incarnation, kinds: &[&str]) -> Beat {
        let info = WorkerInfo {
            name: "conformance".to_owned(),
            host: "localhost".to_owned(),
            pid: 1,
            started_at: self.now(),
            kinds: kinds.iter().map(|kind| kind.parse().unwrap()).collect(),
            version: "0.0.0".to_owned(),
        };
        Beat { worker, info, queues: vec![self.queue.clone()], memory: None }
    }
}

async fn new_queue(engine: &dyn Engine, entropy: &Entropy) -> (QueueName, QueueNumber) {
    let queue: QueueName = format!("conformance-{:016x}", entropy.number()).parse().unwrap();
    let number = engine.queue_number(&queue).await.unwrap();
    (queue, number)
}

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bench")
            .field("engine", &self.engine)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}
