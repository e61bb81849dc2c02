use serde::Serialize;
use windlass_queue::Enqueued;
use windlass_shared::{JobId, JobState};

/// The answer for a job that was accepted.
#[derive(Debug, Serialize)]
pub(crate) struct Accepted {
    id: JobId,
    /// The id again, under the name that users of other systems look for.
    task_id: JobId,
    state: JobState,
    duplicate: bool,
}

impl From<Enqueued> for Accepted {
    fn from(job: Enqueued) -> Self {
        Self { id: job.id, task_id: job.id, state: job.state, duplicate: job.duplicate }
    }
}

impl Accepted {
    /// Where the job can be looked at.
    pub(crate) fn location(&self) -> String {
        format!("/api/v1/jobs/{}", self.id)
    }
}
