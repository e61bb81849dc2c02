use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use windlass_shared::{
    JobId, JobState, KindName, MaxAttempts, Priority, QueueName, Tag, TenantId, Timestamp,
};

use super::EngineError;

/// The role that accepts jobs.
#[async_trait]
pub trait EnqueueJobs {
    /// Accepts each job, `scheduled` when its time is ahead and `available` otherwise, and wakes workers.
    ///
    /// Once a job is answered with `Ok` it reaches a final state or stays visible. An id that exists already, or
    /// whose tombstone does, changes nothing and is answered as a duplicate. Jobs of several queues need not
    /// share their fate.
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
    /// The job.
    pub id: JobId,
    /// Its state now; of a duplicate whose job is gone already, `completed`.
    pub state: JobState,
    /// Whether the id had been accepted before.
    pub duplicate: bool,
}
