use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use serde_json::json;
use windlass_queue::Limit;

use super::LIMIT;
use crate::access::{Act, Desk, may};
use crate::body::JsonBody;
use crate::openapi::shapes;
use crate::path::{PathQueue, PathScope};
use crate::problem::Problem;
use crate::shape::shape;

/// Sets a limit of concurrency or rate.
///
/// It replaces the whole limit: what is left out is not limited any more.
#[utoipa::path(
    put,
    path = "/queues/{queue}/limits/{scope}",
    operation_id = "set_limit",
    tag = "queues",
    security(("key" = ["queues.manage"])),
    params(
        ("queue" = shapes::QueueName, Path, description = "The queue's name."),
        ("scope" = shapes::LimitScope, Path, description = "What the limit is set for."),
    ),
    request_body(content = shapes::Limit, example = json!({"concurrency": 10, "rate": {"count": 100, "period_ms": 60_000, "burst": 20}})),
    responses(
        (status = 204, description = "Done."),
        (status = 404, description = "`unknown-queue`: no queue has this name."),
    ),
)]
pub(crate) async fn put_limit(
    desk: Desk<may::ManageQueues>,
    PathQueue(queue): PathQueue,
    PathScope(scope): PathScope,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<Response, Problem> {
    if body.get("rate").is_some_and(Value::is_array) {
        return Err(Problem::at("/rate", "is an object"));
    }
    let limit: Limit = shape(body)?;
    limit.check()?;
    let act = Act::on("queues.set_limit", &queue).with(json!({ "scope": scope, "limit": limit }));
    desk.audited(act, async {
        desk.engine().set_limit(&queue, &scope, Some(limit)).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Removes a limit, whether it was set or not.
#[utoipa::path(
    delete,
    path = "/queues/{queue}/limits/{scope}",
    operation_id = "remove_limit",
    tag = "queues",
    security(("key" = ["queues.manage"])),
    params(
        ("queue" = shapes::QueueName, Path, description = "The queue's name."),
        ("scope" = shapes::LimitScope, Path, description = "What the limit is set for."),
    ),
    responses(
        (status = 204, description = "Done."),
        (status = 404, description = "`unknown-queue`: no queue has this name."),
    ),
)]
pub(crate) async fn remove_limit(
    desk: Desk<may::ManageQueues>,
    PathQueue(queue): PathQueue,
    PathScope(scope): PathScope,
) -> Result<Response, Problem> {
    let act = Act::on("queues.remove_limit", &queue).with(json!({ "scope": scope }));
    desk.audited(act, async {
        desk.engine().set_limit(&queue, &scope, None).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
