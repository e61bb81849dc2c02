use axum::extract::State;
use axum::http::StatusCode;
use windlass_queue::{Client, Limit};

use super::LIMIT;
use crate::body::JsonBody;
use crate::path::{PathQueue, PathScope};
use crate::problem::Problem;
use crate::shape::shape;

/// `PUT /queues/{queue}/limits/{scope}`, which replaces the whole limit: what is left out is not limited any more.
pub(crate) async fn put_limit(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
    PathScope(scope): PathScope,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<StatusCode, Problem> {
    let limit: Limit = shape(body)?;
    limit.check()?;
    client.engine().set_limit(&queue, &scope, Some(limit)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /queues/{queue}/limits/{scope}`
pub(crate) async fn remove_limit(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
    PathScope(scope): PathScope,
) -> Result<StatusCode, Problem> {
    client.engine().set_limit(&queue, &scope, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
