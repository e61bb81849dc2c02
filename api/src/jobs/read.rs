use axum::extract::State;
use axum::{Extension, Json};
use windlass_queue::{Client, Job};
use windlass_shared::JobId;

use super::ownership::is_callers;
use super::view::JobView;
use crate::keys::Caller;
use crate::path::PathId;
use crate::problem::Problem;

/// `GET /jobs/{id}`
pub(crate) async fn get_job(
    State(client): State<Client>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
) -> Result<Json<JobView>, Problem> {
    Ok(Json(find(&client, &caller, &id).await?.into()))
}

/// The caller's job with this id. This is the one place where a job of somebody else's turns into none.
pub(super) async fn find(client: &Client, caller: &Caller, id: &str) -> Result<Job, Problem> {
    let Ok(job) = id.parse::<JobId>() else { return Err(Problem::unknown_job(id)) };
    let found = client.engine().get(&[job]).await?.into_iter().flatten().next();
    found.filter(|job| is_callers(job, caller)).ok_or_else(|| Problem::unknown_job(id))
}
