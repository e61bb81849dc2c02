use axum::extract::State;
use axum::{Extension, Json};
use windlass_queue::Client;
use windlass_shared::BatchId;

use super::view::BatchView;
use crate::keys::Caller;
use crate::path::PathId;
use crate::problem::Problem;

/// `GET /batches/{id}`
pub(crate) async fn get_batch(
    State(client): State<Client>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
) -> Result<Json<BatchView>, Problem> {
    let Ok(batch) = id.parse::<BatchId>() else { return Err(Problem::unknown_batch(&id)) };
    let found = client.engine().batch(batch).await?;
    let own = found.filter(|batch| batch.tenant == caller.tenant);
    own.map(|batch| Json(batch.into())).ok_or_else(|| Problem::unknown_batch(&id))
}
