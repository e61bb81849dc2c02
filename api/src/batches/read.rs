use axum::Json;

use super::view::BatchView;
use crate::access::{Desk, may};
use crate::openapi::shapes;
use crate::path::PathId;
use crate::problem::Problem;

/// Shows a batch and how far it has come.
#[utoipa::path(
    get,
    path = "/batches/{id}",
    operation_id = "get_batch",
    tag = "batches",
    security(("key" = ["jobs.read"])),
    params(("id" = shapes::BatchId, Path, description = "The batch's id.")),
    responses(
        (status = 200, description = "The batch.", body = BatchView),
        (status = 404, description = "`unknown-batch`: no batch of the caller's has this id."),
    ),
)]
pub(crate) async fn get_batch(
    desk: Desk<may::ReadJobs>,
    PathId(id): PathId,
) -> Result<Json<BatchView>, Problem> {
    Ok(Json(desk.batch(&id).await?.into()))
}
