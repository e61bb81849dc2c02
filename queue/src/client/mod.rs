//! The way to put jobs on queues.

mod batches;
mod error;
mod follow;
mod gathering;
mod large;
mod options;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use windlass_shared::{Clock, Entropy, JobId, QueueName, QueueNumber};

pub use self::batches::{EnqueuedBatch, PreparedBatch};
pub use self::error::{BatchError, EnqueueError, WaitError};
use self::gathering::Gathering;
pub use self::options::{
    EnqueueOptions, EnqueueRequest, LONGEST_BACKOFF, LONGEST_UNIQUE_PERIOD, MAX_BACKOFFS,
    MAX_IDEMPOTENCY_KEY_BYTES,
};
use crate::blobs::KeepBlobs;
use crate::catalog::Catalog;
use crate::engine::{Engine, EngineError, Enqueued, NewJob, When};
use crate::job::MAX_PAYLOAD_BYTES;
use crate::kind::{JobKind, Kind};
use crate::unique::{Unique, UniqueKey};

/// For how long an idempotency key is remembered after its job is gone.
pub const IDEMPOTENCY_WINDOW: Duration = Duration::from_hours(24);

/// The way to put jobs on queues: checks them, gives them ids, hands them to the engine.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
    blobs: Option<Arc<dyn KeepBlobs>>,
}

#[derive(Debug)]
struct Shared {
    engine: Arc<dyn Engine>,
    catalog: Arc<Catalog>,
    clock: Arc<dyn Clock>,
    entropy: Entropy,
    numbers: Mutex<HashMap<QueueName, QueueNumber>>,
    gathering: Gathering,
}

impl Client {
    /// A client of `engine` for the kinds of `catalog`.
    pub fn new(engine: Arc<dyn Engine>, catalog: Arc<Catalog>, clock: Arc<dyn Clock>) -> Self {
        let entropy = Entropy::from_system();
        let (numbers, gathering) = (Mutex::default(), Gathering::new(Arc::clone(&engine)));
        let shared = Arc::new(Shared { engine, catalog, clock, entropy, numbers, gathering });
        Self { shared, blobs: None }
    }

    /// The same, with a place for args that are larger than [`MAX_PAYLOAD_BYTES`]: they are stored before their job is
    /// enqueued, and whoever works on it has to find them there ([`Registry::with_blobs`](crate::Registry::with_blobs)).
    #[must_use]
    pub fn with_blobs(self, blobs: Arc<dyn KeepBlobs>) -> Self {
        Self { blobs: Some(blobs), ..self }
    }

    /// The engine behind it.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.shared.engine
    }

    /// The kinds that it accepts.
    pub fn catalog(&self) -> &Catalog {
        &self.shared.catalog
    }

    /// Enqueues one job of a known type, as [`enqueue_one`](Self::enqueue_one) does.
    pub async fn enqueue<K: JobKind>(
        &self,
        args: &K,
        options: EnqueueOptions,
    ) -> Result<Enqueued, EnqueueError> {
        let args =
            serde_json::to_value(args).map_err(|error| EnqueueError::Unencodable(error.to_string()))?;
        self.enqueue_one(EnqueueRequest { kind: K::NAME.to_owned(), args, options }).await
    }

    /// Enqueues one job of any kind. Jobs that many tasks enqueue like this at the same time share calls to the engine,
    /// which are made by a task of the Tokio runtime that this is called in.
    pub async fn enqueue_one(&self, request: EnqueueRequest) -> Result<Enqueued, EnqueueError> {
        if request.options.batch.is_some() {
            // What becomes a member of a batch takes further calls, before and after.
            let mut answers = self.enqueue_batch(vec![request]).await;
            return answers.pop().unwrap_or(Err(EnqueueError::NoAnswer));
        }
        let job = self.prepare(request).await?;
        self.shared.gathering.enqueue(job).await
    }

    /// Enqueues many jobs in few calls to the engine. Each has its own answer, in the same order: what is wrong
    /// with one keeps no other out.
    pub async fn enqueue_batch(&self, requests: Vec<EnqueueRequest>) -> Vec<Result<Enqueued, EnqueueError>> {
        let mut prepared = self.prepare_all(requests).await;
        self.join_batches(&mut prepared).await;
        let (answers, batches_kept) = self.enqueue_prepared(prepared).await;
        if let Err(error) = batches_kept {
            tracing::warn!(event = "batch.unkept", %error, "a batch may wait for jobs that were not accepted");
        }
        answers
    }

    /// Checks a job and gives it an id, without enqueueing it.
    pub async fn prepare(&self, request: EnqueueRequest) -> Result<NewJob, EnqueueError> {
        self.prepare_one(request, &mut Numbers::new()).await
    }

    async fn prepare_all(&self, requests: Vec<EnqueueRequest>) -> Vec<Prepared> {
        let mut prepared = Vec::with_capacity(requests.len());
        let mut numbers = Numbers::new();
        for request in requests {
            prepared.push(self.prepare_one(request, &mut numbers).await);
        }
        prepared
    }

    async fn prepare_one(
        &self,
        request: EnqueueRequest,
        numbers: &mut Numbers,
    ) -> Result<NewJob, EnqueueError> {
        let EnqueueRequest { kind, args, options } = request;
        let kind = self.shared.catalog.check(&kind, &args)?;
        let encoded = self.encode(&args)?;
        options.check(kind, self.shared.clock.now())?;
        let unique = options.unique.as_ref().or(kind.unique.as_ref()).map(|by| Unique {
            key: UniqueKey::derive(&kind.name, &options.tenant, &args, by.args.as_deref()),
            until: by.until,
            on_conflict: by.on_conflict,
        });
        if encoded.len() > MAX_PAYLOAD_BYTES {
            large::check_unique(unique.as_ref())?;
        }
        let number = self.queue_number(&kind.queue, numbers).await?;
        self.carried(NewJob { unique, ..self.assemble(kind, number, encoded, options) }).await
    }

    /// Enqueues what could be prepared; what could not keeps its error as its answer. Also tells whether the batches
    /// know of those that did not become members.
    async fn enqueue_prepared(&self, prepared: Vec<Prepared>) -> (Vec<Answer>, Result<(), EngineError>) {
        let (mut jobs, mut refusals) =
            (Vec::with_capacity(prepared.len()), Vec::with_capacity(prepared.len()));
        for prepared in prepared {
            match prepared {
                Ok(job) => {
                    jobs.push(job);
                    refusals.push(None);
                }
                Err(error) => refusals.push(Some(error)),
            }
        }
        let enqueued = self.shared.engine.enqueue(&jobs).await;
        let batches_kept = self.leave_batches(&jobs, &enqueued).await;
        let mut enqueued = enqueued.into_iter();
        let mut next = || enqueued.next().map_or(Err(EnqueueError::NoAnswer), |one| Ok(one?));
        let answers = refusals.into_iter().map(|refused| refused.map_or_else(&mut next, Err)).collect();
        (answers, batches_kept)
    }

    fn assemble(&self, kind: &Kind, number: QueueNumber, args: Bytes, options: EnqueueOptions) -> NewJob {
        let id = match &options.idempotency_key {
            Some(key) => JobId::derived(&options.tenant, key, number),
            None => JobId::new(self.shared.clock.now(), number, self.shared.entropy.number()),
        };
        NewJob {
            id,
            queue: kind.queue.clone(),
            kind: kind.name.clone(),
            tenant: options.tenant,
            priority: options.priority,
            when: options.when.unwrap_or(When::Now),
            max_attempts: options.max_attempts.unwrap_or(kind.max_attempts),
            timeout: options.timeout.unwrap_or(kind.timeout),
            tags: options.tags,
            args,
            tombstone: options.idempotency_key.map(|_| IDEMPOTENCY_WINDOW),
            backoff: options.backoff,
            expires: options.expires,
            limit_key: options.limit_key.or_else(|| kind.limit_key.clone()),
            unique: None,
            batch: options.batch,
        }
    }

    /// The number of a queue. The engine is asked once for a queue, and once a batch while it does not answer.
    async fn queue_number(&self, queue: &QueueName, asked: &mut Numbers) -> Result<QueueNumber, EngineError> {
        if let Some(number) = self.known_number(queue) {
            return Ok(number);
        }
        if let Some(answer) = asked.get(queue) {
            return answer.clone();
        }
        let answer = self.shared.engine.queue_number(queue).await;
        asked.insert(queue.clone(), answer.clone());
        if let Ok(number) = answer {
            let mut numbers = self.shared.numbers.lock().unwrap_or_else(PoisonError::into_inner);
            numbers.insert(queue.clone(), number);
        }
        answer
    }

    fn known_number(&self, queue: &QueueName) -> Option<QueueNumber> {
        self.shared.numbers.lock().unwrap_or_else(PoisonError::into_inner).get(queue).copied()
    }
}

/// What is answered for a job.
type Answer = Result<Enqueued, EnqueueError>;

/// A job that is ready to be enqueued, or why it is not.
type Prepared = Result<NewJob, EnqueueError>;

/// What the engine answered when a batch asked for the numbers of its queues.
type Numbers = HashMap<QueueName, Result<QueueNumber, EngineError>>;
