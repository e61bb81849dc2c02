use async_trait::async_trait;
use windlass_shared::{JobId, JobState};

use super::EngineError;

/// The role that follows people's orders.
#[async_trait]
pub trait SteerJobs {
    /// Cancels jobs: at once where none runs it, otherwise by request to the worker that does.
    async fn cancel(&self, jobs: &[JobId]) -> Result<Vec<CancelAnswer>, EngineError>;
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
