use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::idempotency::IdempotencyKey;
use super::posted::{Answer, PostedJobs};
use crate::access::{Asked, Desk, NotKept, may};
use crate::body::JsonText;
use crate::openapi::{IdempotencyHeader, shapes};
use crate::problem::Problem;
use crate::shape::{Object, shape};

/// How large the body of many jobs may be.
pub(crate) const LIMIT: usize = 16 << 20;

/// Many jobs, as callers post them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedBatch<Job> {
    jobs: Vec<Job>,
}

/// The answers, in the order of the jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchAnswer {
    jobs: Vec<Answer>,
}

/// Enqueues up to 1,000 jobs, each with an answer of its own.
///
/// A job that is refused keeps no other out: its place in the answer has an `error` in the form of a problem.
#[utoipa::path(
    post,
    path = "/jobs/batch",
    operation_id = "enqueue_jobs",
    tag = "jobs",
    security(("key" = ["jobs.enqueue"])),
    params(IdempotencyHeader),
    request_body(content = shapes::PostedJobs, example = json!({"jobs": [{"kind": "email.send", "args": {"to": ["ada@example.com"], "subject": "Hello", "text": "Hello, Ada."}}]})),
    responses(
        (status = 202, description = "The answer for each job, in their order.", body = BatchAnswer),
        (status = 429, description = "`queue-full` or `quota-reached`: none of the jobs found room."),
    ),
)]
pub(crate) async fn post_batch(
    desk: Desk<may::EnqueueJobs>,
    headers: HeaderMap,
    body: JsonText<LIMIT>,
) -> Result<Response, Problem> {
    let key = IdempotencyKey::of(&headers)?;
    let mut posted = if let Some(PostedBatch { jobs }) = body.read_quickly() {
        PostedJobs::read(jobs.into_iter().map(|Object(job)| Ok(job)), &desk, &key)?
    } else {
        let PostedBatch::<Value> { jobs } = shape(body.json()?)?;
        PostedJobs::read(jobs.into_iter().map(shape), &desk, &key)?
    };
    let asked = key.text().map(|key| Asked {
        key,
        path: "/jobs/batch",
        body: body.bytes(),
        tenant: posted.tenant().cloned().unwrap_or_else(|| desk.home()),
        meaning: posted.meaning(),
    });
    let work = async {
        let requests = std::mem::take(&mut posted.requests);
        let jobs = posted.answers(desk.enqueue_many(requests).await)?;
        // Of those that only failed for now, the next try may find them accepted.
        let unkept = jobs.iter().any(Answer::is_temporary).then_some(Extension(NotKept));
        Ok((StatusCode::ACCEPTED, unkept, Json(BatchAnswer { jobs })).into_response())
    };
    desk.once(asked, work).await
}
