use serde::Serialize;
use windlass_queue::{Acceptance, Enqueued};
use windlass_shared::{JobId, JobState};

/// The answer for a job that was accepted.
#[derive(Debug, Serialize)]
pub(crate) struct Accepted {
    id: JobId,
    /// The id again, under the name that users of other systems look for.
    task_id: JobId,
    state: JobState,
    duplicate: bool,
    /// In which way it was accepted: `new`, `duplicate`, `conflict` or `replaced`.
    acceptance: &'static str,
}

impl From<Enqueued> for Accepted {
    fn from(job: Enqueued) -> Self {
        Self {
            id: job.id,
            task_id: job.id,
            state: job.state,
            duplicate: job.is_duplicate(),
            acceptance: word(job.acceptance),
        }
    }
}

const fn word(acceptance: Acceptance) -> &'static str {
    match acceptance {
        Acceptance::New => "new",
        Acceptance::Duplicate => "duplicate",
        Acceptance::Conflict => "conflict",
        Acceptance::Replaced => "replaced",
    }
}

impl Accepted {
    /// Where the job can be looked at.
    pub(crate) fn location(&self) -> String {
        format!("/api/v1/jobs/{}", self.id)
    }
}
