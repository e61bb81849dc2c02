use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use windlass_shared::{Clock, Entropy, JobId, MaxAttempts, Priority, QueueName, QueueNumber, Tag, TenantId};

use crate::catalog::{Catalog, CheckError};
use crate::engine::{Engine, EngineError, Enqueued, NewJob, When};
use crate::job::{MAX_PAYLOAD_BYTES, MAX_TAGS};
use crate::kind::{JobKind, Kind};

/// For how long an idempotency key is remembered after its job is gone.
pub const IDEMPOTENCY_WINDOW: Duration = Duration::from_hours(24);
/// How long an idempotency key may be.
pub const MAX_IDEMPOTENCY_KEY_BYTES: usize = 255;

/// The way to put jobs on queues: checks them, gives them ids, hands them to the engine.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    engine: Arc<dyn Engine>,
    catalog: Arc<Catalog>,
    clock: Arc<dyn Clock>,
    entropy: Entropy,
    numbers: Mutex<HashMap<QueueName, QueueNumber>>,
}

/// What can be said of a job besides its kind and arguments; the kind's own values hold for what is left out.
#[derive(Debug, Clone, Default)]
pub struct EnqueueOptions {
    /// Whose job it is.
    pub tenant: TenantId,
    /// Its place among the jobs of its tenant.
    pub priority: Priority,
    /// When it may start; at once if left out.
    pub when: Option<When>,
    /// How often it may be tried.
    pub max_attempts: Option<MaxAttempts>,
    /// How long one attempt may take: 1 ms to 24 h.
    pub timeout: Option<Duration>,
    /// Words to find it by, at most [`MAX_TAGS`].
    pub tags: Vec<Tag>,
    /// A key of the caller's: enqueueing again with the same key and tenant means the same job.
    pub idempotency_key: Option<String>,
}

/// A job of any kind, in the caller's words.
#[derive(Debug, Clone)]
pub struct EnqueueRequest {
    /// The kind's name.
    pub kind: String,
    /// The arguments.
    pub args: Value,
    /// Everything else.
    pub options: EnqueueOptions,
}

impl Client {
    /// A client of `engine` for the kinds of `catalog`.
    pub fn new(engine: Arc<dyn Engine>, catalog: Arc<Catalog>, clock: Arc<dyn Clock>) -> Self {
        let entropy = Entropy::from_system();
        let numbers = Mutex::default();
        Self { shared: Arc::new(Shared { engine, catalog, clock, entropy, numbers }) }
    }

    /// The engine behind it.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.shared.engine
    }

    /// The kinds that it accepts.
    pub fn catalog(&self) -> &Catalog {
        &self.shared.catalog
    }

    /// Enqueues one job of a known type.
    pub async fn enqueue<K: JobKind>(
        &self,
        args: &K,
        options: EnqueueOptions,
    ) -> Result<Enqueued, EnqueueError> {
        let args =
            serde_json::to_value(args).map_err(|error| EnqueueError::Unencodable(error.to_string()))?;
        self.enqueue_one(EnqueueRequest { kind: K::NAME.to_owned(), args, options }).await
    }

    /// Enqueues one job of any kind.
    pub async fn enqueue_one(&self, request: EnqueueRequest) -> Result<Enqueued, EnqueueError> {
        let mut answers = self.enqueue_batch(vec![request]).await;
        answers.pop().unwrap_or(Err(EnqueueError::NoAnswer))
    }

    /// Enqueues many jobs in few calls to the engine. Each has its own answer, in the same order: what is wrong
    /// with one keeps no other out.
    pub async fn enqueue_batch(&self, requests: Vec<EnqueueRequest>) -> Vec<Result<Enqueued, EnqueueError>> {
        let mut answers = Vec::with_capacity(requests.len());
        let mut accepted = Vec::with_capacity(requests.len());
        let mut numbers = HashMap::new();
        for request in requests {
            match self.prepare(request, &mut numbers).await {
                Ok(job) => {
                    accepted.push(job);
                    answers.push(None);
                }
                Err(error) => answers.push(Some(Err(error))),
            }
        }
        let mut enqueued = self.shared.engine.enqueue(&accepted).await.into_iter();
        let mut next = || match enqueued.next() {
            Some(answer) => answer.map_err(EnqueueError::Engine),
            None => Err(EnqueueError::NoAnswer),
        };
        answers.into_iter().map(|refused| refused.unwrap_or_else(&mut next)).collect()
    }

    async fn prepare(&self, request: EnqueueRequest, numbers: &mut Numbers) -> Result<NewJob, EnqueueError> {
        let EnqueueRequest { kind, args, options } = request;
        let kind = self.shared.catalog.check(&kind, &args)?;
        let args = encode(&args)?;
        options.check()?;
        let number = self.queue_number(&kind.queue, numbers).await?;
        Ok(self.assemble(kind, number, args, options))
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

/// What the engine answered when a batch asked for the numbers of its queues.
type Numbers = HashMap<QueueName, Result<QueueNumber, EngineError>>;

fn encode(args: &Value) -> Result<Bytes, EnqueueError> {
    let args = serde_json::to_vec(args).map_err(|error| EnqueueError::Unencodable(error.to_string()))?;
    if args.len() > MAX_PAYLOAD_BYTES {
        return Err(EnqueueError::TooLarge { bytes: args.len() });
    }
    Ok(args.into())
}

impl EnqueueOptions {
    fn check(&self) -> Result<(), EnqueueError> {
        const LONGEST: Duration = Duration::from_hours(24);
        if self.timeout.is_some_and(|timeout| timeout < Duration::from_millis(1) || timeout > LONGEST) {
            return Err(EnqueueError::Option { name: "timeout_ms", rule: "goes from 1 to 86400000 (a day)" });
        }
        if self.tags.len() > MAX_TAGS {
            return Err(EnqueueError::Option { name: "tags", rule: "takes at most 16 tags" });
        }
        let key = self.idempotency_key.as_deref();
        if key.is_some_and(|key| key.is_empty() || key.len() > MAX_IDEMPOTENCY_KEY_BYTES) {
            return Err(EnqueueError::Option { name: "idempotency key", rule: "has 1 to 255 bytes" });
        }
        Ok(())
    }
}

/// Why a job was not accepted.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum EnqueueError {
    /// The kind is unknown or the arguments do not fit it.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// An option is outside of its range.
    #[error("{name} {rule}")]
    Option {
        /// Which one.
        name: &'static str,
        /// What holds for it.
        rule: &'static str,
    },
    /// The arguments are larger than a job may carry.
    #[error(
        "the args have {bytes} bytes; a job carries at most {MAX_PAYLOAD_BYTES}, pass a reference instead"
    )]
    TooLarge {
        /// How large they are.
        bytes: usize,
    },
    /// The arguments are no JSON.
    #[error("the args cannot be written as JSON: {0}")]
    Unencodable(String),
    /// The engine did not take it; whether it arrived is known only if the engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The engine answered fewer jobs than it was given, which is a defect of the engine.
    #[error("the engine gave no answer for this job")]
    NoAnswer,
}
