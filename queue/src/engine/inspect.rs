use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use windlass_shared::{Incarnation, JobId, JobState, KindName, QueueName, Tag, TenantId, Timestamp};

use super::{EngineError, WorkerInfo};
use crate::job::Job;
use crate::why::Why;

/// The role that answers questions and changes nothing.
#[async_trait]
pub trait InspectJobs {
    /// The jobs with these ids, each with all that is known of it; `None` for one that does not exist.
    async fn get(&self, jobs: &[JobId]) -> Result<Inspected, EngineError>;

    /// The jobs of `queue` with these ids as far as [`transition`](crate::transition()) and its evidence need them:
    /// without their logs and records. One that this version cannot read is `None`, so that it keeps no other from being
    /// rescued.
    async fn glance(&self, queue: &QueueName, jobs: &[JobId]) -> Result<Inspected, EngineError>;

    /// A page of up to `most` jobs (at most 1,000) that match, grouped by queue and state. A page may be short or
    /// even empty although more follow: the cursor says whether the end is reached. What moves between two pages
    /// may be seen twice or not at all. Listed jobs come without their logs and records.
    async fn list(
        &self,
        filter: &JobFilter,
        after: Option<&Cursor>,
        most: usize,
    ) -> Result<Page, EngineError>;

    /// How many jobs of `queue` are in each state.
    async fn depth(&self, queue: &QueueName) -> Result<Depth, EngineError>;

    /// How much there is to do in `queue` beyond its depth, or for one tenant, at a price that does not grow with it.
    async fn load(&self, queue: &QueueName, tenant: Option<&TenantId>) -> Result<Load, EngineError>;

    /// Why a job does not run; `None` if there is no such job.
    async fn why(&self, job: JobId) -> Result<Option<Why>, EngineError>;

    /// The workers whose leases cover `queue`, by name.
    async fn workers(&self, queue: &QueueName) -> Result<Vec<LivingWorker>, EngineError>;
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
    /// A tag that they carry.
    pub tag: Option<Tag>,
    /// They were enqueued at this instant or later.
    pub created_from: Option<Timestamp>,
    /// They were enqueued before this instant.
    pub created_before: Option<Timestamp>,
}

impl JobFilter {
    /// Whether a job passes.
    pub fn admits(&self, job: &Job) -> bool {
        self.queue.as_ref().is_none_or(|queue| *queue == job.queue)
            && self.state.is_none_or(|state| state == job.state)
            && self.kind.as_ref().is_none_or(|kind| *kind == job.kind)
            && self.tenant.as_ref().is_none_or(|tenant| *tenant == job.tenant)
            && self.tag.as_ref().is_none_or(|tag| job.tags.contains(tag))
            && self.created_from.is_none_or(|from| job.created_at >= from)
            && self.created_before.is_none_or(|before| job.created_at < before)
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Depth {
    /// Their time is ahead.
    pub scheduled: u64,
    /// They wait for something else than time.
    pub pending: u64,
    /// Available: those in lanes, suspects and parked ones.
    pub available: u64,
    /// Running.
    pub running: u64,
    /// They wait for their next attempt.
    pub retryable: u64,
    /// Completed, as far as they are retained.
    pub completed: u64,
    /// Cancelled, as far as they are retained.
    pub cancelled: u64,
    /// Discarded, as far as they are retained.
    pub discarded: u64,
}

/// How much there is to do, as far as that can be told without looking at it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Scheduled and retryable jobs of all tenants whose time has come and that nobody has promoted yet, as in a queue without
    /// workers. An engine may stop counting at 10,000.
    pub due: u64,
    /// Since when the available job waits that waits for longest. Looked at are the first jobs of at least 100 tenants, and
    /// not what is parked.
    pub oldest: Option<Timestamp>,
    /// How many unfinished jobs the tenant has, where one was asked about.
    pub of_tenant: Option<u64>,
}

impl Depth {
    /// How many are in a state.
    pub const fn of(&self, state: JobState) -> u64 {
        match state {
            JobState::Scheduled => self.scheduled,
            JobState::Pending => self.pending,
            JobState::Available => self.available,
            JobState::Running => self.running,
            JobState::Retryable => self.retryable,
            JobState::Completed => self.completed,
            JobState::Cancelled => self.cancelled,
            JobState::Discarded => self.discarded,
        }
    }

    /// How many are not in a final state.
    pub const fn unfinished(&self) -> u64 {
        self.scheduled + self.pending + self.available + self.running + self.retryable
    }
}

/// A worker that lives, as far as its queue knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LivingWorker {
    /// This life of it.
    pub incarnation: Incarnation,
    /// Who it is.
    #[serde(flatten)]
    pub info: WorkerInfo,
    /// How many bytes of memory its process had at its newest beat, where that is known.
    pub memory: Option<u64>,
    /// How many jobs of the queue it runs.
    pub running: u64,
}
