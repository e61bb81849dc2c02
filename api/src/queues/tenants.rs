use std::num::{NonZeroU16, NonZeroU64};

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use windlass_queue::TenantPolicy;

use super::LIMIT;
use crate::access::{Act, Desk, may};
use crate::body::JsonBody;
use crate::openapi::shapes;
use crate::path::{PathQueue, PathTenant};
use crate::problem::Problem;
use crate::shape::shape;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostedTenant {
    /// How many jobs its turn gives.
    #[serde(default = "usual_weight")]
    #[schema(value_type = u16, minimum = 1, maximum = 1000, default = 1)]
    weight: NonZeroU16,
    /// How many jobs it may have that have not ended; as many as all others if left out.
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 1_000_000_000_000_u64)]
    quota: Option<NonZeroU64>,
}

const fn usual_weight() -> NonZeroU16 {
    NonZeroU16::MIN
}

/// Sets the weight and the quota of an organization in a queue.
///
/// It replaces both: what is left out is as for all others.
#[utoipa::path(
    put,
    path = "/queues/{queue}/tenants/{tenant}",
    operation_id = "set_tenant",
    tag = "queues",
    security(("key" = ["queues.manage"])),
    params(
        ("queue" = shapes::QueueName, Path, description = "The queue's name."),
        ("tenant" = shapes::TenantId, Path, description = "The organization."),
    ),
    request_body(content = PostedTenant, example = json!({"weight": 3, "quota": 10_000})),
    responses(
        (status = 204, description = "Done."),
        (status = 404, description = "`unknown-queue`: no queue has this name."),
    ),
)]
pub(crate) async fn put_tenant(
    desk: Desk<may::ManageQueues>,
    PathQueue(queue): PathQueue,
    PathTenant(tenant): PathTenant,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<Response, Problem> {
    let PostedTenant { weight, quota } = shape(body)?;
    let policy = TenantPolicy { weight, quota };
    policy.check()?;
    let details = json!({ "weight": weight, "quota": quota });
    let act = Act::on("queues.set_tenant", &queue).of(&tenant).with(details);
    desk.audited(act, async {
        desk.engine().set_tenant(&queue, &tenant, Some(policy)).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Gives an organization the weight and the quota of all others.
#[utoipa::path(
    delete,
    path = "/queues/{queue}/tenants/{tenant}",
    operation_id = "remove_tenant",
    tag = "queues",
    security(("key" = ["queues.manage"])),
    params(
        ("queue" = shapes::QueueName, Path, description = "The queue's name."),
        ("tenant" = shapes::TenantId, Path, description = "The organization."),
    ),
    responses(
        (status = 204, description = "Done."),
        (status = 404, description = "`unknown-queue`: no queue has this name."),
    ),
)]
pub(crate) async fn remove_tenant(
    desk: Desk<may::ManageQueues>,
    PathQueue(queue): PathQueue,
    PathTenant(tenant): PathTenant,
) -> Result<Response, Problem> {
    desk.audited(Act::on("queues.remove_tenant", &queue).of(&tenant), async {
        desk.engine().set_tenant(&queue, &tenant, None).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
