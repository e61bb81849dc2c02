use std::num::NonZeroU16;
use std::sync::Arc;

use axum::{Extension, Json};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use windlass_shared::{TenantId, Timestamp};

use super::figures::{Asked, Figures, Total};
use super::pace::Paces;
use crate::access::{Desk, may};
use crate::openapi::shapes;
use crate::path::PathQueue;
use crate::problem::Problem;
use crate::query::{Parameters, number};

/// How many queues are asked about at the same time.
const AT_A_TIME: usize = 8;
/// How many jobs a worker runs at the same time where nobody says otherwise, in its settings as here.
const USUAL_SLOTS: NonZeroU16 = NonZeroU16::new(20).unwrap();

/// How workers are.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScaleQuery {
    /// How many jobs of a queue one worker runs at the same time: its `worker.concurrency`.
    #[serde(default, deserialize_with = "number")]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 10_000, default = 20)]
    slots: Option<NonZeroU16>,
    /// An organization whose share is told as well.
    #[param(value_type = Option<shapes::TenantId>)]
    tenant: Option<TenantId>,
}

impl ScaleQuery {
    fn asked(self, now: Timestamp) -> Result<Asked, Problem> {
        let slots = self.slots.unwrap_or(USUAL_SLOTS);
        if slots.get() > 10_000 {
            return Err(Problem::parameter("slots", "goes from 1 to 10000"));
        }
        Ok(Asked { slots, tenant: self.tenant, now })
    }
}

/// How busy all queues are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Autoscaling {
    total: Total,
    queues: Vec<Figures>,
}

/// Tells how busy all queues are.
#[utoipa::path(
    get,
    path = "/autoscaling",
    operation_id = "get_autoscaling",
    tag = "queues",
    security(("key" = ["queues.read"])),
    params(ScaleQuery),
    responses((status = 200, description = "The figures of each queue, and their sums.", body = Autoscaling)),
)]
pub(crate) async fn all(
    desk: Desk<may::ReadQueues>,
    Extension(paces): Extension<Arc<Paces>>,
    Parameters(query): Parameters<ScaleQuery>,
) -> Result<Json<Autoscaling>, Problem> {
    let asked = query.asked(desk.now())?;
    let figures = |queue| Figures::of(desk.engine(), queue, &asked, &paces);
    let queues: Vec<_> =
        stream::iter(desk.known().await?).map(figures).buffered(AT_A_TIME).try_collect().await?;
    let mut total = Total::default();
    for queue in &queues {
        queue.add_to(&mut total);
    }
    Ok(Json(Autoscaling { total, queues }))
}

/// Tells how busy a queue is, and how many workers that is worth.
#[utoipa::path(
    get,
    path = "/autoscaling/queues/{queue}",
    operation_id = "get_queue_autoscaling",
    tag = "queues",
    security(("key" = ["queues.read"])),
    params(("queue" = shapes::QueueName, Path, description = "The queue's name."), ScaleQuery),
    responses(
        (status = 200, description = "Its figures.", body = Figures),
        (status = 404, description = "`unknown-queue`: no queue has this name."),
    ),
)]
pub(crate) async fn one(
    desk: Desk<may::ReadQueues>,
    Extension(paces): Extension<Arc<Paces>>,
    PathQueue(queue): PathQueue,
    Parameters(query): Parameters<ScaleQuery>,
) -> Result<Json<Figures>, Problem> {
    Ok(Json(Figures::of(desk.engine(), queue, &query.asked(desk.now())?, &paces).await?))
}
