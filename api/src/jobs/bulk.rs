use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use windlass_jobs::operations::{BulkJobs, BulkVerb, Selection};
use windlass_queue::{Client, EnqueueOptions};
use windlass_shared::{JobState, KindName, Priority, QueueName, Tag, TenantId, Timestamp};

use super::accepted::Accepted;
use super::idempotency::IdempotencyKey;
use crate::body::JsonBody;
use crate::keys::Caller;
use crate::problem::Problem;
use crate::shape::shape;

/// How large the body may be.
const LIMIT: usize = 16 << 10;

/// One action on many jobs, as callers post it. They are always the caller's own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedBulk {
    action: BulkVerb,
    filter: PostedFilter,
    priority: Option<Priority>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedFilter {
    queue: Option<QueueName>,
    state: Option<JobState>,
    kind: Option<KindName>,
    tag: Option<Tag>,
    created_from: Option<Timestamp>,
    created_before: Option<Timestamp>,
}

/// `POST /jobs/bulk`
pub(crate) async fn post_bulk(
    State(client): State<Client>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<Response, Problem> {
    let idempotency_key = IdempotencyKey::of(&headers)?.of_job();
    let posted: PostedBulk = shape(body)?;
    let operation = posted.into_operation(caller.tenant.clone())?;
    let options = EnqueueOptions { tenant: caller.tenant, idempotency_key, ..EnqueueOptions::default() };
    let accepted = Accepted::from(client.enqueue(&operation, options).await?);
    Ok((StatusCode::ACCEPTED, [(LOCATION, accepted.location())], Json(accepted)).into_response())
}

impl PostedBulk {
    fn into_operation(self, tenant: TenantId) -> Result<BulkJobs, Problem> {
        match (self.action, self.priority) {
            (BulkVerb::Reprioritize, None) => {
                return Err(Problem::at("/priority", "is needed to reprioritize: 0 (first) to 9"));
            }
            (BulkVerb::Cancel | BulkVerb::Retry | BulkVerb::Delete, Some(_)) => {
                return Err(Problem::at("/priority", "is only for the action \"reprioritize\""));
            }
            (BulkVerb::Reprioritize, Some(_))
            | (BulkVerb::Cancel | BulkVerb::Retry | BulkVerb::Delete, None) => {}
        }
        let PostedFilter { queue, state, kind, tag, created_from, created_before } = self.filter;
        Ok(BulkJobs {
            action: self.action,
            filter: Selection { queue, state, kind, tenant: Some(tenant), tag, created_from, created_before },
            priority: self.priority.map(Priority::get),
            dry_run: self.dry_run,
        })
    }
}
