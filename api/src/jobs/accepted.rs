use serde::Serialize;
use utoipa::ToSchema;
use windlass_queue::{Acceptance, Enqueued};
use windlass_shared::{JobId, JobState};

use crate::openapi::shapes;

/// The answer for a job that was accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accepted {
    #[schema(value_type = shapes::JobId)]
    id: JobId,
    /// The id again, under the name that users of other systems look for.
    #[schema(value_type = shapes::JobId)]
    task_id: JobId,
    #[schema(value_type = shapes::JobState)]
    state: JobState,
    /// Whether the job was there already.
    duplicate: bool,
    /// In which way it was accepted: `new`, `duplicate`, `conflict` or `replaced`.
    #[schema(value_type = shapes::Acceptance)]
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
