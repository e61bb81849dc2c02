use std::num::NonZeroU64;
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use windlass_queue::{Order, PolicyChange, RetentionChange, Setting};

use super::LIMIT;
use super::view::PolicyView;
use crate::access::{Act, Desk, may};
use crate::body::JsonBody;
use crate::openapi::shapes;
use crate::path::PathQueue;
use crate::problem::Problem;
use crate::shape::{Object, shape};

/// What is to change of a queue's policy: a field that is left out stays, one that is `null` holds no more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostedPolicy {
    /// What decides first which job is next.
    #[schema(value_type = Option<shapes::Order>)]
    order: Option<Order>,
    /// How many jobs that have not ended it holds at most.
    #[serde(default, deserialize_with = "setting")]
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 1_000_000_000_000_u64)]
    max_depth: Setting<NonZeroU64>,
    /// How many of them any one organization may have.
    #[serde(default, deserialize_with = "setting")]
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 1_000_000_000_000_u64)]
    tenant_quota: Setting<NonZeroU64>,
    /// How long its finished jobs are kept.
    #[serde(default, deserialize_with = "setting")]
    #[schema(value_type = Option<PostedRetention>)]
    retention: Setting<Object<PostedRetention>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostedRetention {
    #[schema(maximum = 315_360_000_000_u64)]
    completed_for_ms: Option<u64>,
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
    completed_most: Option<u32>,
    #[schema(maximum = 315_360_000_000_u64)]
    failed_for_ms: Option<u64>,
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
    failed_most: Option<u32>,
    #[schema(maximum = 315_360_000_000_u64)]
    results_for_ms: Option<u64>,
}

/// A field that is there, perhaps as `null`. One that is not there is not read at all.
fn setting<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Setting<T>, D::Error> {
    Option::deserialize(deserializer).map(Setting::Is)
}

/// Changes the order, the bounds and the retention of a queue.
///
/// A field that is left out stays as it is; one that is `null` holds no more.
#[utoipa::path(
    patch,
    path = "/queues/{queue}",
    operation_id = "change_queue",
    tag = "queues",
    security(("key" = ["queues.manage"])),
    params(("queue" = shapes::QueueName, Path, description = "The queue's name.")),
    request_body(content = PostedPolicy, example = json!({"order": "priority_first", "max_depth": 1_000_000, "retention": {"completed_for_ms": 86_400_000}})),
    responses(
        (status = 200, description = "What holds now.", body = PolicyView),
        (status = 404, description = "`unknown-queue`: no queue has this name."),
    ),
)]
pub(crate) async fn patch_queue(
    desk: Desk<may::ManageQueues>,
    PathQueue(queue): PathQueue,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<Response, Problem> {
    let act = Act::on("queues.set_policy", &queue).with(body.clone());
    let change = shape::<PostedPolicy>(body)?.into();
    PolicyChange::check(&change)?;
    desk.audited(act, async { Ok(Json(PolicyView::from(desk.engine().set_policy(&queue, &change).await?))) })
        .await
}

impl From<PostedPolicy> for PolicyChange {
    fn from(posted: PostedPolicy) -> Self {
        Self {
            order: posted.order,
            draining: None,
            max_depth: posted.max_depth,
            tenant_quota: posted.tenant_quota,
            retention: match posted.retention {
                Setting::Stays => Setting::Stays,
                Setting::Is(retention) => Setting::Is(retention.map(|Object(retention)| retention.into())),
            },
        }
    }
}

impl From<PostedRetention> for RetentionChange {
    fn from(posted: PostedRetention) -> Self {
        let most = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        Self {
            completed_for: posted.completed_for_ms.map(Duration::from_millis),
            completed_most: posted.completed_most.map(most),
            failed_for: posted.failed_for_ms.map(Duration::from_millis),
            failed_most: posted.failed_most.map(most),
            results_for: posted.results_for_ms.map(Duration::from_millis),
        }
    }
}

/// Keeps new jobs out of a queue while it works off those that it has.
#[utoipa::path(
    post,
    path = "/queues/{queue}/drain",
    operation_id = "drain_queue",
    tag = "queues",
    security(("key" = ["queues.manage"])),
    params(("queue" = shapes::QueueName, Path, description = "The queue's name.")),
    responses(
        (status = 204, description = "Done."),
        (status = 404, description = "`unknown-queue`: no queue has this name."),
    ),
)]
pub(crate) async fn drain(
    desk: Desk<may::ManageQueues>,
    PathQueue(queue): PathQueue,
) -> Result<Response, Problem> {
    desk.audited(Act::on("queues.drain", &queue), async {
        desk.engine().set_policy(&queue, &PolicyChange::DRAIN).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Lets new jobs into a queue again.
#[utoipa::path(
    post,
    path = "/queues/{queue}/undrain",
    operation_id = "undrain_queue",
    tag = "queues",
    security(("key" = ["queues.manage"])),
    params(("queue" = shapes::QueueName, Path, description = "The queue's name.")),
    responses(
        (status = 204, description = "Done."),
        (status = 404, description = "`unknown-queue`: no queue has this name."),
    ),
)]
pub(crate) async fn undrain(
    desk: Desk<may::ManageQueues>,
    PathQueue(queue): PathQueue,
) -> Result<Response, Problem> {
    desk.audited(Act::on("queues.undrain", &queue), async {
        desk.engine().set_policy(&queue, &PolicyChange::UNDRAIN).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
