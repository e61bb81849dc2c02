use std::num::NonZeroU64;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Deserializer};
use windlass_queue::{Client, Order, PolicyChange, RetentionChange, Setting};

use super::LIMIT;
use super::view::PolicyView;
use crate::body::JsonBody;
use crate::path::PathQueue;
use crate::problem::Problem;
use crate::shape::shape;

/// What is to change of a queue's policy: a field that is left out stays, one that is `null` holds no more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedPolicy {
    order: Option<Order>,
    #[serde(default, deserialize_with = "setting")]
    max_depth: Setting<NonZeroU64>,
    #[serde(default, deserialize_with = "setting")]
    tenant_quota: Setting<NonZeroU64>,
    #[serde(default, deserialize_with = "setting")]
    retention: Setting<PostedRetention>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedRetention {
    completed_for_ms: Option<u64>,
    completed_most: Option<u32>,
    failed_for_ms: Option<u64>,
    failed_most: Option<u32>,
    results_for_ms: Option<u64>,
}

/// A field that is there, perhaps as `null`. One that is not there is not read at all.
fn setting<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Setting<T>, D::Error> {
    Option::deserialize(deserializer).map(Setting::Is)
}

/// `PATCH /queues/{queue}`
pub(crate) async fn patch_queue(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<Json<PolicyView>, Problem> {
    let change = shape::<PostedPolicy>(body)?.into();
    PolicyChange::check(&change)?;
    Ok(Json(client.engine().set_policy(&queue, &change).await?.into()))
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
                Setting::Is(retention) => Setting::Is(retention.map(RetentionChange::from)),
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

/// `POST /queues/{queue}/drain`
pub(crate) async fn drain(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
) -> Result<StatusCode, Problem> {
    client.engine().set_policy(&queue, &PolicyChange::DRAIN).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /queues/{queue}/undrain`
pub(crate) async fn undrain(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
) -> Result<StatusCode, Problem> {
    client.engine().set_policy(&queue, &PolicyChange::UNDRAIN).await?;
    Ok(StatusCode::NO_CONTENT)
}
