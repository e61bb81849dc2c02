use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use windlass_queue::{Reason, Why};
use windlass_shared::{JobId, JobState};

use crate::access::{Desk, may};
use crate::openapi::shapes;
use crate::path::PathId;
use crate::problem::Problem;

/// Why a job does not run, as its owner is told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WhyView {
    #[schema(value_type = shapes::JobId)]
    job: JobId,
    #[schema(value_type = shapes::JobState)]
    state: JobState,
    reasons: Vec<ReasonView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ReasonView {
    #[serde(flatten)]
    #[schema(value_type = shapes::Reason)]
    reason: Reason,
    /// How many of those who fill a limit are not the caller's.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_holders: Option<usize>,
}

/// Tells why a job does not run.
#[utoipa::path(
    get,
    path = "/jobs/{id}/why",
    operation_id = "explain_job",
    tag = "jobs",
    security(("key" = ["jobs.read"])),
    params(("id" = shapes::JobId, Path, description = "The job's id.")),
    responses(
        (status = 200, description = "Everything that holds the job up; nothing where it runs, is over, or is next.", body = WhyView),
        (status = 404, description = "`unknown-job`: no job of the caller's has this id."),
    ),
)]
pub(crate) async fn get_why(desk: Desk<may::ReadJobs>, PathId(id): PathId) -> Result<Json<WhyView>, Problem> {
    let Why { job, state, reasons } = desk.why(&id).await?;
    let mut view = WhyView { job, state, reasons: Vec::with_capacity(reasons.len()) };
    for reason in reasons {
        view.reasons.push(told(&desk, reason).await?);
    }
    Ok(Json(view))
}

/// A limit may be filled by jobs of any tenant. Whose they are is for the operator; a caller is told how many.
async fn told(desk: &Desk<may::ReadJobs>, reason: Reason) -> Result<ReasonView, Problem> {
    let Reason::LimitFull { scope, limit, holders } = reason else {
        return Ok(ReasonView { reason, other_holders: None });
    };
    let (holders, others) = desk.own_among(&holders).await?;
    let reason = Reason::LimitFull { scope, limit, holders };
    Ok(ReasonView { reason, other_holders: Some(others) })
}
