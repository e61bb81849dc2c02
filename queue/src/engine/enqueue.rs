use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use windlass_shared::{
    Backoff, BatchId, JobId, JobState, KindName, LimitKey, MaxAttempts, Priority, QueueName, Tag, TenantId,
    Timestamp,
};

use super::EngineError;
use crate::unique::Unique;

/// The role that accepts jobs.
#[async_trait]
pub trait EnqueueJobs {
    /// Accepts each job, `scheduled` when its time is ahead and `available` otherwise, and wakes workers.
    ///
    /// Once a job is answered with `Ok` it reaches a final state or stays visible. An id that exists already, or
    /// whose tombstone does, changes nothing and is answered as a duplicate. A job whose unique key another one holds
    /// is resolved as [`OnConflict::resolve`](crate::OnConflict::resolve) says, and its tombstone, if it has one, begins at
    /// once: another job stands for it, and it does not come in a second time. A queue that drains or is full, and a
    /// tenant that has used up its quota, refuse new jobs with [`EngineError::Rejected`]; what is answered from what is
    /// there already is never refused. Jobs of several queues need not share their fate.
    async fn enqueue(&self, jobs: &[NewJob]) -> Vec<Result<Enqueued, EngineError>>;
}

/// A job that is to be accepted.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id, which carries the number of `queue`.
    pub id: JobId,
    /// The queue it lives in.
    pub queue: QueueName,
    /// What kind it is.
    pub kind: KindName,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its place among the jobs of its tenant.
    pub priority: Priority,
    /// When it may start.
    pub when: When,
    /// How often it may be tried.
    pub max_attempts: MaxAttempts,
    /// How long one attempt may take; whole milliseconds count.
    pub timeout: Duration,
    /// Words to find it by.
    pub tags: Vec<Tag>,
    /// Its arguments: JSON in UTF-8, which no engine looks into.
    pub args: Bytes,
    /// For how long the id, derived from a caller's key, is remembered after the job itself is gone.
    pub tombstone: Option<Duration>,
    /// How long to wait after a failure, instead of what its kind says.
    pub backoff: Option<Backoff>,
    /// From when on it is not worth starting any more.
    pub expires: Option<Expiry>,
    /// The key that it shares limits by.
    pub limit_key: Option<LimitKey>,
    /// What makes it unique within its queue.
    pub unique: Option<Unique>,
    /// The batch that it is a member of, added to it before.
    pub batch: Option<BatchId>,
}

impl NewJob {
    /// A job with nothing special about it: of the default tenant, to start at once, with three retries, a minute an
    /// attempt, and `{}` as arguments.
    pub fn plain(id: JobId, queue: QueueName, kind: KindName) -> Self {
        Self {
            id,
            queue,
            kind,
            tenant: TenantId::default(),
            priority: Priority::default(),
            when: When::Now,
            max_attempts: MaxAttempts::after_retries(3),
            timeout: Duration::from_mins(1),
            tags: Vec::new(),
            args: Bytes::from_static(b"{}"),
            tombstone: None,
            backoff: None,
            expires: None,
            limit_key: None,
            unique: None,
            batch: None,
        }
    }
}

/// When a job that has not started is given up. One that runs may end, and fails for good if it would be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// At this instant by the engine's clock.
    At(Timestamp),
    /// After this long, counted by the engine's clock from the moment of acceptance.
    After(Duration),
}

/// When a job may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// Not before this instant by the engine's clock.
    At(Timestamp),
    /// After this long, counted by the engine's clock from the moment of acceptance.
    After(Duration),
}

/// The answer for an accepted job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enqueued {
    /// The job that now stands for what was asked: the new one, or the one that was there before.
    pub id: JobId,
    /// Its state now; of a duplicate whose job is gone already, or for which another one stood, `completed`.
    pub state: JobState,
    /// In which way it was accepted.
    pub acceptance: Acceptance,
}

/// In which way a job was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// It is new. One that waits as an heir is `pending`.
    New,
    /// Its id had been accepted before, perhaps with another job standing for it; nothing changed.
    Duplicate,
    /// Another job holds its unique key and is the answer; nothing changed.
    Conflict,
    /// Another job holds its unique key, or waits for it, and has taken over its content.
    Replaced,
}

impl Enqueued {
    /// Whether another job stands for it, or the same one from before.
    pub fn is_duplicate(&self) -> bool {
        self.acceptance != Acceptance::New
    }
}
