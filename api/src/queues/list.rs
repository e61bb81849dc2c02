use axum::Json;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use windlass_queue::LivingWorker;
use windlass_shared::QueueName;

use super::view::{MOST_ENTRIES, QueueLine, QueueView};
use crate::access::{Desk, may};
use crate::openapi::shapes;
use crate::page;
use crate::path::PathQueue;
use crate::problem::Problem;
use crate::query::{Parameters, number};

/// How many queues are asked about at the same time.
const AT_A_TIME: usize = 8;

/// Which page of queues.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Where to go on: the `next` of the page before.
    #[param(value_type = Option<shapes::QueueName>)]
    cursor: Option<QueueName>,
    /// How many a page has at most.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u16>,
}

/// A page of queues by name, and the cursor for the next one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Queues {
    queues: Vec<QueueLine>,
    /// The cursor of the next page; `null` at the end.
    #[schema(value_type = Option<shapes::QueueName>, required)]
    next: Option<QueueName>,
}

/// Lists queues by name, page by page.
#[utoipa::path(
    get,
    path = "/queues",
    operation_id = "list_queues",
    tag = "queues",
    security(("key" = ["queues.read"])),
    params(ListQuery),
    responses((status = 200, description = "A page of queues.", body = Queues)),
)]
pub(crate) async fn list_queues(
    desk: Desk<may::ReadQueues>,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<Queues>, Problem> {
    let most = page::size(query.limit)?;
    let after = query.cursor.as_ref();
    let mut names = desk.known().await?.into_iter().filter(|name| after.is_none_or(|after| name > after));
    let page: Vec<_> = names.by_ref().take(most).collect();
    let next = names.next().and_then(|_| page.last().cloned());
    let lines = stream::iter(page).map(|name| QueueLine::of(desk.engine(), name)).buffered(AT_A_TIME);
    Ok(Json(Queues { queues: lines.try_collect().await?, next }))
}

/// Shows a queue: what is in it, what holds for it and who works for it.
#[utoipa::path(
    get,
    path = "/queues/{queue}",
    operation_id = "get_queue",
    tag = "queues",
    security(("key" = ["queues.read"])),
    params(("queue" = shapes::QueueName, Path, description = "The queue's name.")),
    responses(
        (status = 200, description = "The queue.", body = QueueView),
        (status = 404, description = "`unknown-queue`: no queue has this name."),
    ),
)]
pub(crate) async fn get_queue(
    desk: Desk<may::ReadQueues>,
    PathQueue(queue): PathQueue,
) -> Result<Json<QueueView>, Problem> {
    Ok(Json(QueueView::of(desk.engine(), &queue).await?))
}

/// The workers of a queue, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Workers {
    #[schema(value_type = Vec<shapes::LivingWorker>)]
    workers: Vec<LivingWorker>,
    /// Whether there are more than are shown.
    truncated: bool,
}

/// Lists the workers that live and serve a queue, by name.
#[utoipa::path(
    get,
    path = "/queues/{queue}/workers",
    operation_id = "list_workers",
    tag = "queues",
    security(("key" = ["queues.read"])),
    params(("queue" = shapes::QueueName, Path, description = "The queue's name.")),
    responses(
        (status = 200, description = "The workers.", body = Workers),
        (status = 404, description = "`unknown-queue`: no queue has this name."),
    ),
)]
pub(crate) async fn list_workers(
    desk: Desk<may::ReadQueues>,
    PathQueue(queue): PathQueue,
) -> Result<Json<Workers>, Problem> {
    let mut workers = desk.engine().workers(&queue).await?;
    let truncated = workers.len() > MOST_ENTRIES;
    workers.truncate(MOST_ENTRIES);
    Ok(Json(Workers { workers, truncated }))
}
