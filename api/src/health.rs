use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::router::Floor;

/// How long the engine may take to answer; whoever asks for health wants to know soon.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// What tells whether the process can do its work.
pub(crate) fn routes() -> OpenApiRouter<Floor> {
    OpenApiRouter::new().routes(routes!(live)).routes(routes!(ready))
}

/// Whether the process can do its work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `live` or `ready`.
    #[schema(value_type = String)]
    status: &'static str,
}

/// Tells that the process runs.
#[utoipa::path(
    get,
    path = "/health/live",
    operation_id = "live",
    tag = "health",
    responses((status = 200, description = "It runs.", body = Health)),
)]
pub(crate) async fn live() -> Json<Health> {
    Json(Health { status: "live" })
}

/// Tells that the engine answers, so that requests can be served.
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "ready",
    tag = "health",
    responses((status = 200, description = "It is ready.", body = Health)),
)]
pub(crate) async fn ready(State(floor): State<Floor>) -> Result<Json<Health>, Problem> {
    match tokio::time::timeout(PATIENCE, floor.client.engine().ping()).await {
        Ok(answer) => answer?,
        Err(_) => return Err(Problem::unavailable()),
    }
    Ok(Json(Health { status: "ready" }))
}
