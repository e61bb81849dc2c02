use axum::Json;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Deserializer};
use serde_json::json;
use utoipa::ToSchema;
use windlass_jobs::operations::{BulkJobs, BulkVerb, Selection};
use windlass_shared::{JobState, KindName, Priority, QueueName, Tag, Timestamp};

use super::accepted::Accepted;
use super::idempotency::IdempotencyKey;
use crate::access::{Act, Asked, Desk, may};
use crate::body::JsonText;
use crate::openapi::{IdempotencyHeader, shapes};
use crate::problem::Problem;
use crate::shape::{Object, shape};

/// How large the body may be.
const LIMIT: usize = 16 << 10;

/// One action on many jobs, as callers post it. They are always the caller's own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostedBulk {
    /// What is done to each job.
    #[schema(value_type = shapes::BulkVerb)]
    action: BulkVerb,
    /// Which jobs; every field that is given must match.
    #[serde(deserialize_with = "filter")]
    filter: PostedFilter,
    /// The new priority, which `reprioritize` needs and nothing else takes.
    #[schema(value_type = Option<shapes::Priority>)]
    priority: Option<Priority>,
    /// Whether to count only.
    #[serde(default)]
    dry_run: bool,
}

fn filter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PostedFilter, D::Error> {
    Object::deserialize(deserializer).map(|Object(filter)| filter)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostedFilter {
    /// The queue they live in.
    #[schema(value_type = Option<shapes::QueueName>)]
    queue: Option<QueueName>,
    /// The state they are in.
    #[schema(value_type = Option<shapes::JobState>)]
    state: Option<JobState>,
    /// Their kind.
    #[schema(value_type = Option<shapes::KindName>)]
    kind: Option<KindName>,
    /// A tag that they carry.
    #[schema(value_type = Option<shapes::Tag>)]
    tag: Option<Tag>,
    /// They were enqueued at this instant or later.
    #[schema(value_type = Option<shapes::Timestamp>)]
    created_from: Option<Timestamp>,
    /// They were enqueued before this instant.
    #[schema(value_type = Option<shapes::Timestamp>)]
    created_before: Option<Timestamp>,
}

/// Cancels, retries, deletes or reprioritizes all jobs that match a filter, as a job of its own.
#[utoipa::path(
    post,
    path = "/jobs/bulk",
    operation_id = "change_jobs",
    tag = "jobs",
    security(("key" = ["jobs.manage"])),
    params(IdempotencyHeader),
    request_body(content = PostedBulk, example = json!({"action": "retry", "filter": {"queue": "email", "state": "discarded"}})),
    responses(
        (status = 202, description = "The job that does it; its `result` will tell how many matched and were changed.", body = Accepted, headers(("Location" = String, description = "Where that job can be looked at."))),
        (status = 429, description = "`queue-full` or `quota-reached`."),
    ),
)]
pub(crate) async fn post_bulk(
    desk: Desk<may::ManageJobs>,
    headers: HeaderMap,
    body: JsonText<LIMIT>,
) -> Result<Response, Problem> {
    let key = IdempotencyKey::of(&headers)?;
    let posted: PostedBulk = shape(body.json()?)?;
    let operation = posted.into_operation(&desk)?;
    let described = json!(operation);
    let asked = key.text().map(|key| Asked {
        key,
        path: "/jobs/bulk",
        body: body.bytes(),
        tenant: desk.home(),
        // Which jobs it reaches depends on who asks.
        meaning: described.to_string(),
    });
    let work = async {
        let act = Act::on("jobs.bulk", &"jobs").with(described);
        desk.audited(act, async {
            let accepted = Accepted::from(desk.bulk(&operation, key.of_job()).await?);
            Ok((StatusCode::ACCEPTED, [(LOCATION, accepted.location())], Json(accepted)))
        })
        .await
    };
    desk.once(asked, Box::pin(work)).await
}

impl PostedBulk {
    fn into_operation(self, desk: &Desk<may::ManageJobs>) -> Result<BulkJobs, Problem> {
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
        let selection = Selection { queue, state, kind, tenant: None, tag, created_from, created_before };
        Ok(BulkJobs {
            action: self.action,
            filter: desk.selection(selection)?,
            priority: self.priority.map(Priority::get),
            dry_run: self.dry_run,
        })
    }
}
