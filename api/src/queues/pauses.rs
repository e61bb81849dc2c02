use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use windlass_queue::{Client, Pause, Scope};

use super::LIMIT;
use crate::body::OptionalBody;
use crate::path::PathQueue;
use crate::problem::Problem;
use crate::shape::shape;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedPause {
    scope: Option<Scope>,
    lasts_ms: Option<u64>,
    note: Option<String>,
}

/// `POST /queues/{queue}/pause`
pub(crate) async fn pause(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
    OptionalBody(body): OptionalBody<LIMIT>,
) -> Result<StatusCode, Problem> {
    let posted: PostedPause = body.map(shape).transpose()?.unwrap_or_default();
    let pause = Pause {
        scope: posted.scope.unwrap_or(Scope::Queue),
        lasts: posted.lasts_ms.map(Duration::from_millis),
        note: posted.note,
    };
    pause.check()?;
    client.engine().pause(&queue, &pause).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedResume {
    scope: Option<Scope>,
}

/// Whether there was something to resume.
#[derive(Debug, Serialize)]
pub(crate) struct Resumed {
    resumed: bool,
}

/// `POST /queues/{queue}/resume`
pub(crate) async fn resume(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
    OptionalBody(body): OptionalBody<LIMIT>,
) -> Result<Json<Resumed>, Problem> {
    let posted: PostedResume = body.map(shape).transpose()?.unwrap_or_default();
    let scope = posted.scope.unwrap_or(Scope::Queue);
    Ok(Json(Resumed { resumed: client.engine().resume(&queue, &scope).await? }))
}
