use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use windlass_queue::{Client, LivingWorker};
use windlass_shared::QueueName;

use super::view::{MOST_ENTRIES, QueueLine, QueueView};
use crate::page;
use crate::path::PathQueue;
use crate::problem::Problem;
use crate::query::{Parameters, number};

/// How many queues are asked about at the same time.
const AT_A_TIME: usize = 8;

/// Which page of queues.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    cursor: Option<QueueName>,
    #[serde(default, deserialize_with = "number")]
    limit: Option<u16>,
}

/// A page of queues by name, and the cursor for the next one.
#[derive(Debug, Serialize)]
pub(crate) struct Queues {
    queues: Vec<QueueLine>,
    next: Option<QueueName>,
}

/// `GET /queues`
pub(crate) async fn list_queues(
    State(client): State<Client>,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<Queues>, Problem> {
    let most = page::size(query.limit)?;
    let after = query.cursor.as_ref();
    let mut names = known(&client).await?.into_iter().filter(|name| after.is_none_or(|after| name > after));
    let page: Vec<_> = names.by_ref().take(most).collect();
    let next = names.next().and_then(|_| page.last().cloned());
    let engine = client.engine();
    let lines = stream::iter(page).map(|name| QueueLine::of(engine.as_ref(), name)).buffered(AT_A_TIME);
    Ok(Json(Queues { queues: lines.try_collect().await?, next }))
}

/// The queues that exist, and those that kinds live in.
async fn known(client: &Client) -> Result<BTreeSet<QueueName>, Problem> {
    let existing = client.engine().queues().await?;
    Ok(existing.into_iter().chain(client.catalog().queues()).collect())
}

/// `GET /queues/{queue}`
pub(crate) async fn get_queue(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
) -> Result<Json<QueueView>, Problem> {
    Ok(Json(QueueView::of(client.engine().as_ref(), &queue).await?))
}

/// The workers of a queue, by name.
#[derive(Debug, Serialize)]
pub(crate) struct Workers {
    workers: Vec<LivingWorker>,
    truncated: bool,
}

/// `GET /queues/{queue}/workers`
pub(crate) async fn list_workers(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
) -> Result<Json<Workers>, Problem> {
    let mut workers = client.engine().workers(&queue).await?;
    let truncated = workers.len() > MOST_ENTRIES;
    workers.truncate(MOST_ENTRIES);
    Ok(Json(Workers { workers, truncated }))
}
