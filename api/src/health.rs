use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use windlass_queue::Client;

use crate::problem::Problem;

/// How long the engine may take to answer; whoever asks for health wants to know soon.
const PATIENCE: Duration = Duration::from_millis(1_500);

#[derive(Debug, Serialize)]
pub(crate) struct Health {
    status: &'static str,
}

/// The process runs.
pub(crate) async fn live() -> Json<Health> {
    Json(Health { status: "live" })
}

/// The engine answers, so that requests can be served.
pub(crate) async fn ready(State(client): State<Client>) -> Result<Json<Health>, Problem> {
    match tokio::time::timeout(PATIENCE, client.engine().ping()).await {
        Ok(answer) => answer?,
        Err(_) => return Err(Problem::unavailable()),
    }
    Ok(Json(Health { status: "ready" }))
}
