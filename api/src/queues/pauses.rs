use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use windlass_queue::{Pause, Scope};

use super::LIMIT;
use crate::access::{Act, Desk, may};
use crate::body::OptionalBody;
use crate::openapi::shapes;
use crate::path::PathQueue;
use crate::problem::Problem;
use crate::shape::shape;

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostedPause {
    /// What is held up; the whole queue if left out.
    #[schema(value_type = Option<shapes::Scope>)]
    scope: Option<Scope>,
    /// For how long; until it is resumed if left out.
    #[schema(minimum = 1, maximum = 315_360_000_000_u64)]
    lasts_ms: Option<u64>,
    /// Why, for those who wonder.
    #[schema(max_length = 1024)]
    note: Option<String>,
}

/// Holds up the jobs of a queue, or a part of them.
#[utoipa::path(
    post,
    path = "/queues/{queue}/pause",
    operation_id = "pause_queue",
    tag = "queues",
    security(("key" = ["queues.manage"])),
    params(("queue" = shapes::QueueName, Path, description = "The queue's name.")),
    request_body(content = Option<PostedPause>, example = json!({"scope": "kind:email.send", "lasts_ms": 600_000, "note": "The provider is down."})),
    responses(
        (status = 204, description = "Done."),
        (status = 404, description = "`unknown-queue`: no queue has this name."),
    ),
)]
pub(crate) async fn pause(
    desk: Desk<may::ManageQueues>,
    PathQueue(queue): PathQueue,
    OptionalBody(body): OptionalBody<LIMIT>,
) -> Result<Response, Problem> {
    let posted: PostedPause = body.map(shape).transpose()?.unwrap_or_default();
    let pause = Pause {
        scope: posted.scope.unwrap_or(Scope::Queue),
        lasts: posted.lasts_ms.map(Duration::from_millis),
        note: posted.note,
    };
    pause.check()?;
    let details = json!({ "scope": pause.scope, "lasts_ms": posted.lasts_ms, "note": pause.note });
    desk.audited(Act::on("queues.pause", &queue).with(details), async {
        desk.engine().pause(&queue, &pause).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostedResume {
    /// What goes on; the whole queue if left out.
    #[schema(value_type = Option<shapes::Scope>)]
    scope: Option<Scope>,
}

/// Whether there was something to resume.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Resumed {
    resumed: bool,
}

/// Lets what was held up go on.
#[utoipa::path(
    post,
    path = "/queues/{queue}/resume",
    operation_id = "resume_queue",
    tag = "queues",
    security(("key" = ["queues.manage"])),
    params(("queue" = shapes::QueueName, Path, description = "The queue's name.")),
    request_body(content = Option<PostedResume>, example = json!({"scope": "kind:email.send"})),
    responses(
        (status = 200, description = "Whether there was something to resume.", body = Resumed),
        (status = 404, description = "`unknown-queue`: no queue has this name."),
    ),
)]
pub(crate) async fn resume(
    desk: Desk<may::ManageQueues>,
    PathQueue(queue): PathQueue,
    OptionalBody(body): OptionalBody<LIMIT>,
) -> Result<Response, Problem> {
    let posted: PostedResume = body.map(shape).transpose()?.unwrap_or_default();
    let scope = posted.scope.unwrap_or(Scope::Queue);
    desk.audited(Act::on("queues.resume", &queue).with(json!({ "scope": scope })), async {
        Ok(Json(Resumed { resumed: desk.engine().resume(&queue, &scope).await? }))
    })
    .await
}
