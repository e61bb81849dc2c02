//! Jobs as callers post them.

mod backoff;
mod many;
mod times;
mod unique;

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use windlass_jobs::operations::BulkJobs;
use windlass_queue::{EnqueueOptions, EnqueueRequest, JobKind};
use windlass_shared::{LimitKey, MaxAttempts, Priority, Tag, TenantId, Timestamp};

use crate::openapi::shapes;
use crate::problem::Problem;
use crate::shape::{make_whole, object};
pub(crate) use backoff::PostedBackoff;
pub(crate) use many::{Answer, PostedJobs};
use unique::PostedUnique;
pub(crate) use unique::PostedUntil;

/// A job as callers post it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostedJob {
    /// What is to be done; `GET /api/v1/kinds` lists what there is.
    kind: String,
    /// With what, by the kind's schema.
    #[serde(default = "no_args")]
    #[schema(value_type = Object)]
    args: Value,
    #[schema(value_type = Option<shapes::Priority>)]
    priority: Option<Priority>,
    /// From when on it may start; at once if it is in the past or left out. Not together with `delay_ms`.
    #[schema(value_type = Option<shapes::Timestamp>)]
    run_at: Option<Timestamp>,
    /// After how many milliseconds it may start.
    #[schema(maximum = 315_360_000_000_u64)]
    delay_ms: Option<u64>,
    /// From when on it is not worth starting. Not together with `expires_in_ms`.
    #[schema(value_type = Option<shapes::Timestamp>)]
    expires_at: Option<Timestamp>,
    /// After how many milliseconds it is not worth starting.
    #[schema(maximum = 315_360_000_000_u64)]
    expires_in_ms: Option<u64>,
    /// Words that it can be found by.
    #[schema(value_type = Option<Vec<shapes::Tag>>, max_items = 16)]
    tags: Option<Vec<Tag>>,
    /// How often it is tried; as the kind says if left out.
    #[schema(value_type = Option<shapes::MaxAttempts>)]
    max_attempts: Option<MaxAttempts>,
    /// How long an attempt may take, in milliseconds; as the kind says if left out.
    #[schema(minimum = 1, maximum = 86_400_000)]
    timeout_ms: Option<u64>,
    /// How long to wait after a failure; as the kind says if left out.
    #[serde(default, deserialize_with = "object")]
    backoff: Option<PostedBackoff>,
    /// A key that it shares limits by.
    #[schema(value_type = Option<shapes::LimitKey>)]
    limit_key: Option<LimitKey>,
    /// What makes it the same as another one.
    #[serde(default, deserialize_with = "object")]
    unique: Option<PostedUnique>,
    /// Whose it is, where that is not the caller's own organization; only who may reach every organization names another.
    #[schema(value_type = Option<shapes::TenantId>)]
    tenant: Option<TenantId>,
    /// The user whose own job it is.
    user: Option<String>,
}

/// Whose job it is to be, as callers write it.
#[derive(Debug)]
pub(crate) struct Owner {
    /// The organization.
    pub(crate) tenant: Option<TenantId>,
    /// The person.
    pub(crate) user: Option<String>,
}

fn no_args() -> Value {
    Value::Object(Map::new())
}

impl PostedJob {
    /// Whose it is to be, which is for the caller's desk to judge.
    pub(crate) fn take_owner(&mut self) -> Owner {
        Owner { tenant: self.tenant.take(), user: self.user.take() }
    }

    /// What the queue's client takes. Everything that it checks itself is left to it.
    pub(crate) fn into_request(
        mut self,
        tenant: TenantId,
        idempotency_key: Option<String>,
    ) -> Result<EnqueueRequest, Problem> {
        if self.kind == BulkJobs::NAME {
            // Its arguments could name another tenant's jobs.
            return Err(Problem::at("/kind", "a bulk operation is asked for with POST /api/v1/jobs/bulk"));
        }
        make_whole(&mut self.args);
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
