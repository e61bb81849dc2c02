//! The args and the result of a job as they are, however large.

use axum::http::HeaderMap;
use axum::response::Response;

use crate::access::{Desk, may};
use crate::conditional::Content;
use crate::openapi::shapes;
use crate::path::PathId;
use crate::problem::{Problem, ProblemType};

/// Answers the args of a job, whole.
#[utoipa::path(
    get,
    path = "/jobs/{id}/args",
    operation_id = "get_job_args",
    tag = "jobs",
    security(("key" = ["jobs.read"])),
    params(("id" = shapes::JobId, Path, description = "The job's id.")),
    responses(
        (status = 200, description = "The args, as they were posted.", body = serde_json::Value, content_type = "application/json"),
        (status = 304, description = "They are as `If-None-Match` says."),
        (status = 404, description = "`unknown-job`: no job of the caller's has this id. `not-found`: its args were not kept, or are gone."),
    ),
)]
pub(crate) async fn get_args(
    desk: Desk<may::ReadJobs>,
    PathId(id): PathId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let args = desk.args(&id).await?.ok_or_else(|| missing("args were not kept, or are gone"))?;
    Ok(Content::of(args).private().answer(&headers))
}

/// Answers the result of a job, whole.
#[utoipa::path(
    get,
    path = "/jobs/{id}/result",
    operation_id = "get_job_result",
    tag = "jobs",
    security(("key" = ["jobs.read"])),
    params(("id" = shapes::JobId, Path, description = "The job's id.")),
    responses(
        (status = 200, description = "What its handler answered.", body = serde_json::Value, content_type = "application/json"),
        (status = 304, description = "It is as `If-None-Match` says."),
        (status = 404, description = "`unknown-job`: no job of the caller's has this id. `not-found`: it has no result (yet), or that is gone."),
    ),
)]
pub(crate) async fn get_result(
    desk: Desk<may::ReadJobs>,
    PathId(id): PathId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let result = desk.result(&id).await?.ok_or_else(|| missing("result is not there yet, or is gone"))?;
    Ok(Content::of(result).private().answer(&headers))
}

fn missing(what: &str) -> Problem {
    Problem::new(ProblemType::NotFound, format!("The job's {what}."))
}
