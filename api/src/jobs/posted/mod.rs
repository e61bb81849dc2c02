//! Jobs as callers post them.

mod backoff;
mod many;
mod times;
mod unique;

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use windlass_jobs::operations::BulkJobs;
use windlass_queue::{EnqueueOptions, EnqueueRequest, JobKind};
use windlass_shared::{LimitKey, MaxAttempts, Priority, Tag, TenantId, Timestamp};

use crate::problem::Problem;
pub(crate) use backoff::PostedBackoff;
pub(crate) use many::{Answer, PostedJobs};
use unique::PostedUnique;
pub(crate) use unique::PostedUntil;

/// A job as callers post it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostedJob {
    kind: String,
    #[serde(default = "no_args")]
    args: Value,
    priority: Option<Priority>,
    run_at: Option<Timestamp>,
    delay_ms: Option<u64>,
    expires_at: Option<Timestamp>,
    expires_in_ms: Option<u64>,
    tags: Option<Vec<Tag>>,
    max_attempts: Option<MaxAttempts>,
    timeout_ms: Option<u64>,
    backoff: Option<PostedBackoff>,
    limit_key: Option<LimitKey>,
    unique: Option<PostedUnique>,
}

fn no_args() -> Value {
    Value::Object(Map::new())
}

impl PostedJob {
    /// What the queue's client takes. Everything that it checks itself is left to it.
    pub(crate) fn into_request(
        self,
        tenant: TenantId,
        idempotency_key: Option<String>,
    ) -> Result<EnqueueRequest, Problem> {
        if self.kind == BulkJobs::NAME {
            // Its arguments could name another tenant's jobs.
            return Err(Problem::at("/kind", "a bulk operation is asked for with POST /api/v1/jobs/bulk"));
        }
        let (when, expires) = (self.when()?, self.expires()?);
        let options = EnqueueOptions {
            tenant,
            priority: self.priority.unwrap_or_default(),
            when,
            max_attempts: self.max_attempts,
            timeout: self.timeout_ms.map(Duration::from_millis),
            tags: self.tags.unwrap_or_default(),
            idempotency_key,
            backoff: self.backoff.map(PostedBackoff::into_backoff),
            expires,
            limit_key: self.limit_key,
            unique: self.unique.map(PostedUnique::into_wish).transpose()?,
            batch: None,
        };
        Ok(EnqueueRequest { kind: self.kind, args: self.args, options })
    }
}
