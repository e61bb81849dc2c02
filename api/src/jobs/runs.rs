use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use windlass_shared::{JobState, Timestamp};
use windlass_store::JobEnd;

use crate::access::{Desk, may};
use crate::openapi::shapes;
use crate::path::PathId;
use crate::problem::Problem;

/// What was recorded of a job, claim by claim.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobRuns {
    /// Oldest first.
    runs: Vec<JobRunView>,
}

/// How a claim on a job ended, or the job without one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobRun)]
struct JobRunView {
    /// The number of the claim; 0 if the job was never claimed. Unlike attempts, claims are never given back.
    claim: u32,
    /// The attempts used by then.
    attempt: u16,
    /// What ended it: `complete`, `retry`, `discard`, `cancel`, `rescue`, `snooze`, `release` or `expire`.
    verb: String,
    /// The state that the job was in after that.
    #[schema(value_type = shapes::JobState)]
    state: JobState,
    /// When it was claimed, where that is known.
    #[schema(value_type = Option<shapes::Timestamp>, required)]
    attempted_at: Option<Timestamp>,
    #[schema(value_type = shapes::Timestamp)]
    ended_at: Timestamp,
    /// Who had claimed it, where that is known.
    #[schema(required)]
    worker: Option<String>,
    /// The sort of error that it ended with, like `timeout`.
    #[schema(required)]
    error_reason: Option<String>,
    /// That error, in a sentence.
    #[schema(required)]
    error: Option<String>,
}

/// Lists what was recorded of a job: one entry for each claim on it that has ended.
///
/// It is recorded a moment after it happens, as far as the history policy of its kind says, and kept as long as the history.
#[utoipa::path(
    get,
    path = "/jobs/{id}/runs",
    operation_id = "list_job_runs",
    tag = "jobs",
    security(("key" = ["jobs.read"])),
    params(("id" = shapes::JobId, Path, description = "The job's id.")),
    responses(
        (status = 200, description = "What was recorded.", body = JobRuns),
        (status = 404, description = "`unknown-job`: no job of the caller's has this id."),
    ),
)]
pub(crate) async fn get_runs(
    desk: Desk<may::ReadJobs>,
    PathId(id): PathId,
) -> Result<Json<JobRuns>, Problem> {
    let runs = desk.runs(&id).await?.into_iter().map(JobRunView::from).collect();
    Ok(Json(JobRuns { runs }))
}

impl From<JobEnd> for JobRunView {
    fn from(end: JobEnd) -> Self {
        Self {
            claim: end.claim.get(),
            attempt: end.attempt,
            verb: end.verb.to_string(),
            state: end.state,
            attempted_at: end.attempted_at,
            ended_at: end.ended_at,
            worker: end.worker,
            error_reason: end.error_reason,
            error: end.error,
        }
    }
}
