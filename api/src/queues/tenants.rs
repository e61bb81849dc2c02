use std::num::{NonZeroU16, NonZeroU64};

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use windlass_queue::{Client, TenantPolicy};

use super::LIMIT;
use crate::body::JsonBody;
use crate::path::{PathQueue, PathTenant};
use crate::problem::Problem;
use crate::shape::shape;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedTenant {
    #[serde(default = "usual_weight")]
    weight: NonZeroU16,
    quota: Option<NonZeroU64>,
}

const fn usual_weight() -> NonZeroU16 {
    NonZeroU16::MIN
}

/// `PUT /queues/{queue}/tenants/{tenant}`, which replaces both: what is left out is as for all others.
pub(crate) async fn put_tenant(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
    PathTenant(tenant): PathTenant,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<StatusCode, Problem> {
    let PostedTenant { weight, quota } = shape(body)?;
    let policy = TenantPolicy { weight, quota };
    policy.check()?;
    client.engine().set_tenant(&queue, &tenant, Some(policy)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /queues/{queue}/tenants/{tenant}`
pub(crate) async fn remove_tenant(
    State(client): State<Client>,
    PathQueue(queue): PathQueue,
    PathTenant(tenant): PathTenant,
) -> Result<StatusCode, Problem> {
    client.engine().set_tenant(&queue, &tenant, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
