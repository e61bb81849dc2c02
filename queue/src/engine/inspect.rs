use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use windlass_shared::{JobId, JobState, KindName, QueueName, TenantId};

use super::EngineError;
use crate::job::Job;

/// The role that answers questions and changes nothing.
#[async_trait]
pub trait InspectJobs {
    /// The jobs with these ids, each with all that is known of it; `None` for one that does not exist.
    async fn get(&self, jobs: &[JobId]) -> Result<Inspected, EngineError>;

    /// The jobs of `queue` with these ids as far as [`transition`](crate::transition()) and its evidence need them:
    /// without their logs. One that this version cannot read is `None`, so that it keeps no other from being rescued.
    async fn glance(&self, queue: &QueueName, jobs: &[JobId]) -> Result<Inspected, EngineError>;

    /// A page of up to `most` jobs (at most 1,000) that match, grouped by queue and state. A page may be short or
    /// even empty although more follow: the cursor says whether the end is reached. What moves between two pages
    /// may be seen twice or not at all. Listed jobs come without their logs.
    async fn list(
        &self,
        filter: &JobFilter,
        after: Option<&Cursor>,
        most: usize,
    ) -> Result<Page, EngineError>;

    /// How many jobs of `queue` are in each state. Jobs that were cancelled while they were available may be
    /// counted as available until a worker comes across them.
    async fn depth(&self, queue: &QueueName) -> Result<Depth, EngineError>;
}

/// The answer to a look-up of several ids.
pub type Inspected = Vec<Option<Job>>;

/// Which jobs to list; every field that is given must match.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// The queue they live in.
    pub queue: Option<QueueName>,
    /// The state they are in.
    pub state: Option<JobState>,
    /// Their kind.
    pub kind: Option<KindName>,
    /// Whose they are.
    pub tenant: Option<TenantId>,
}

impl JobFilter {
    /// Whether a job passes.
    pub fn admits(&self, job: &Job) -> bool {
        self.queue.as_ref().is_none_or(|queue| *queue == job.queue)
            && self.state.is_none_or(|state| state == job.state)
            && self.kind.as_ref().is_none_or(|kind| *kind == job.kind)
            && self.tenant.as_ref().is_none_or(|tenant| *tenant == job.tenant)
    }
}

/// Where the next page starts. Only the engine that wrote it can read it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// A page of jobs.
#[derive(Debug, Default)]
pub struct Page {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

/// How many jobs a queue holds, by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Scheduled and retryable: their time is ahead.
    pub waiting: u64,
    /// Available, suspects included.
    pub available: u64,
    /// Running.
    pub running: u64,
    /// Completed, as far as they are retained.
    pub completed: u64,
    /// Cancelled, as far as they are retained.
    pub cancelled: u64,
    /// Discarded, as far as they are retained.
    pub discarded: u64,
}
