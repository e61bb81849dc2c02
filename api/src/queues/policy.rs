use std::num::NonZeroU64;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Deserializer};
use windlass_queue::{Client, Order, QueuePolicy, Retention};
use windlass_shared::QueueName;

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
    #[serde(default)]
    max_depth: Change<NonZeroU64>,
    #[serde(default)]
    tenant_quota: Change<NonZeroU64>,
    #[serde(default)]
    retention: Change<PostedRetention>,
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

/// What becomes of a value: it is left out and stays, or it is given, perhaps as `null`.
#[derive(Debug, Default)]
enum Change<T> {
    #[default]
    Stays,
    Is(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Is)
    }
}

impl<T> Change<T> {
    fn or(self, old: Option<T>) -> Option<T> {
        match self {
            Self::Stays => old,
            Self::Is(new) => new,
        }
    }
}

/// `PATCH /queues/{queue}`
pub(crate) async fn patch_queue(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<Json<PolicyView>, Problem> {
    let posted: PostedPolicy = shape(body)?;
    let policy = posted.onto(client.engine().rules(&queue).await?.policy);
    policy.check()?;
    client.engine().set_policy(&queue, &policy).await?;
    Ok(Json(policy.into()))
}

impl PostedPolicy {
    fn onto(self, policy: QueuePolicy) -> QueuePolicy {
        QueuePolicy {
            order: self.order.unwrap_or(policy.order),
            draining: policy.draining,
            max_depth: self.max_depth.or(policy.max_depth),
            tenant_quota: self.tenant_quota.or(policy.tenant_quota),
            retention: match self.retention {
                Change::Stays => policy.retention,
                Change::Is(posted) => posted.map(|posted| posted.onto(policy.retention.unwrap_or_default())),
            },
        }
    }
}

impl PostedRetention {
    fn onto(self, retention: Retention) -> Retention {
        let age = |millis: Option<u64>, old| millis.map_or(old, Duration::from_millis);
        let most =
            |count: Option<u32>, old| count.map_or(old, |count| usize::try_from(count).unwrap_or(usize::MAX));
        Retention {
            completed_for: age(self.completed_for_ms, retention.completed_for),
            completed_most: most(self.completed_most, retention.completed_most),
            failed_for: age(self.failed_for_ms, retention.failed_for),
            failed_most: most(self.failed_most, retention.failed_most),
            results_for: age(self.results_for_ms, retention.results_for),
        }
    }
}

/// `POST /queues/{queue}/drain`
pub(crate) async fn drain(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
) -> Result<StatusCode, Problem> {
    set_draining(&client, &queue, |policy| QueuePolicy { draining: true, ..policy }).await
}

/// `POST /queues/{queue}/undrain`
pub(crate) async fn undrain(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
) -> Result<StatusCode, Problem> {
    set_draining(&client, &queue, |policy| QueuePolicy { draining: false, ..policy }).await
}

async fn set_draining(
    client: &Client,
    queue: &QueueName,
    change: fn(QueuePolicy) -> QueuePolicy,
) -> Result<StatusCode, Problem> {
    let policy = client.engine().rules(queue).await?.policy;
    client.engine().set_policy(queue, &change(policy)).await?;
    Ok(StatusCode::NO_CONTENT)
}
