use async_trait::async_trait;
use bytes::Bytes;
use windlass_shared::{JobId, JobState, Priority};

use super::EngineError;

/// The role that follows people's orders.
#[async_trait]
pub trait SteerJobs {
    /// Cancels jobs: at once where none runs it, otherwise by request to the worker that does.
    async fn cancel(&self, jobs: &[JobId]) -> Result<Vec<CancelAnswer>, EngineError>;

    /// Makes jobs available now: one that waits for its time or its next attempt, or, with its attempts and deaths
    /// forgotten, one that had ended. An end that came from expiry expires no second time. Quotas and depths do not
    /// apply. Steps and checkpoint are kept, unless the arguments change; those of a job with a unique key cannot.
    async fn redrive(&self, redrives: &[Redrive]) -> Result<Vec<RedriveAnswer>, EngineError>;

    /// Removes jobs with all that is known of them, unless they run. Tombstones stay for their time, and a member of a
    /// batch that had not ended counts as cancelled.
    async fn delete(&self, jobs: &[JobId]) -> Result<Vec<DeleteAnswer>, EngineError>;

    /// Gives jobs that have not ended another priority. An available one goes to the back of its new lane; one that runs
    /// keeps running.
    async fn reprioritize(
        &self,
        jobs: &[JobId],
        priority: Priority,
    ) -> Result<Vec<ReprioritizeAnswer>, EngineError>;
}

/// A wish to run a job (again).
#[derive(Debug, Clone)]
pub struct Redrive {
    /// Which one.
    pub job: JobId,
    /// Other arguments, checked already.
    pub args: Option<Bytes>,
}

/// What became of a redrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedriveAnswer {
    /// The job is available.
    Available,
    /// It was available before; only its arguments have changed, if that was asked for.
    AlreadyAvailable,
    /// It runs, or waits for the holder of its unique key; nothing changed.
    Refused(JobState),
    /// Another job holds its unique key by now; nothing changed.
    Conflict(JobId),
    /// Other arguments were asked for, but the job has a unique key, which was made of those that it has; nothing changed.
    ArgsFixed,
    /// There is no such job.
    NotFound,
}

/// What became of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteAnswer {
    /// The job is gone; this was its state.
    Deleted(JobState),
    /// It runs; cancel it first.
    Running,
    /// There is no such job.
    NotFound,
}

/// What became of a change of priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReprioritizeAnswer {
    /// The job has the priority, and is in this state.
    Changed(JobState),
    /// It had ended before, in this state.
    AlreadyFinal(JobState),
    /// There is no such job.
    NotFound,
}

/// What became of a request to cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelAnswer {
    /// The job is cancelled.
    Cancelled,
    /// It runs; its worker is told, and it ends as cancelled unless it completes first.
    Requested,
    /// It had ended before, in this state.
    AlreadyFinal(JobState),
    /// There is no such job.
    NotFound,
}
