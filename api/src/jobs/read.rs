use axum::Json;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::view::JobView;
use crate::access::{Desk, may};
use crate::conditional::Content;
use crate::openapi::shapes;
use crate::path::PathId;
use crate::problem::Problem;

/// Shows a job with all that is known of it.
#[utoipa::path(
    get,
    path = "/jobs/{id}",
    operation_id = "get_job",
    tag = "jobs",
    security(("key" = ["jobs.read"])),
    params(("id" = shapes::JobId, Path, description = "The job's id.")),
    responses(
        (status = 200, description = "The job.", body = JobView),
        (status = 304, description = "It has ended, and is as `If-None-Match` says."),
        (status = 404, description = "`unknown-job`: no job of the caller's has this id."),
    ),
)]
pub(crate) async fn get_job(
    desk: Desk<may::ReadJobs>,
    PathId(id): PathId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = desk.job(&id).await?;
    let has_ended = found.job.state.is_final();
    let view = JobView::from(found);
    if !has_ended {
        // It changes all the time, so nobody would be answered that it has not.
        return Ok(Json(view).into_response());
    }
    Ok(Content::of_value(&view)?.private().answer(&headers))
}
