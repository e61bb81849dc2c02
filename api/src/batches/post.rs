use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracing::Instrument;
use utoipa::ToSchema;
use windlass_queue::{BatchError, EnqueueError, EnqueueRequest, EnqueuedBatch, MAX_TEXT_BYTES};
use windlass_shared::{BatchId, JobId};

use crate::access::{Desk, may};
use crate::body::JsonBody;
use crate::guards::Underway;
use crate::jobs::{Answer, IdempotencyKey, LIMIT, PostedJob, PostedJobs};
use crate::openapi::shapes;
use crate::problem::{Problem, ProblemType};
use crate::shape::shape;

/// A batch, as callers post it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostedBatch {
    /// What it is for, in a few words.
    #[serde(default)]
    #[schema(max_length = 1024)]
    description: String,
    /// What is enqueued when all have ended.
    #[schema(value_type = Option<PostedJob>)]
    callback: Option<Value>,
    #[schema(value_type = Vec<PostedJob>, min_items = 1, max_items = 1000)]
    jobs: Vec<Value>,
}

/// A batch that is on its way, with the answers in the order of its jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AcceptedBatch {
    #[schema(value_type = shapes::BatchId)]
    id: BatchId,
    #[schema(value_type = Option<shapes::JobId>, required)]
    callback: Option<JobId>,
    jobs: Vec<Answer>,
}

/// Enqueues up to 1,000 jobs that end together: when all have ended, the callback is enqueued.
#[utoipa::path(
    post,
    path = "/batches",
    operation_id = "enqueue_batch",
    tag = "batches",
    security(("key" = ["jobs.enqueue"])),
    request_body(content = PostedBatch, example = json!({"description": "Newsletter 12", "jobs": [{"kind": "email.send", "args": {"to": ["ada@example.com"], "subject": "Hello", "text": "Hello, Ada."}}]})),
    responses(
        (status = 202, description = "It is on its way; the answer for each job, in their order.", body = AcceptedBatch, headers(("Location" = String, description = "Where the batch can be looked at."))),
        (status = 404, description = "`unknown-kind`: the kind of the callback."),
        (status = 409, description = "`nothing-new`: none of the jobs is a new one, so there is no batch."),
        (status = 429, description = "`queue-full` or `quota-reached`."),
    ),
)]
pub(crate) async fn post_batch(
    desk: Desk<may::EnqueueJobs>,
    Extension(underway): Extension<Underway>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<Response, Problem> {
    let key = IdempotencyKey::of(&headers)?;
    key.refused_for("a batch, which is new each time; give its jobs a `unique` of their own")?;
    let PostedBatch { description, callback, jobs } = shape(body)?;
    if description.len() > MAX_TEXT_BYTES {
        return Err(Problem::at("/description", "has at most 1024 bytes"));
    }
    let callback = callback.map(|job| read_callback(job, &desk)).transpose()?;
    let mut posted = PostedJobs::read(jobs.into_iter().map(shape), &desk, &key)?;
    let requests = std::mem::take(&mut posted.requests);
    if requests.is_empty() {
        return Err(nothing_new(&posted.answers(Vec::new())?));
    }
    let enqueued = async {
        let batch = desk.prepare_batch(&description, callback, requests).await?;
        let id = batch.id();
        underway.note(id);
        // It takes several calls to the engine, and a caller who hangs up between them would leave the batch open for as
        // long as failed jobs are kept.
        let enqueued = desk.tasks().spawn(batch.enqueue().in_current_span()).await;
        enqueued.unwrap_or(Err(BatchError::Unfinished { id, error: EnqueueError::NoAnswer }))
    };
    match enqueued.await {
        Ok(EnqueuedBatch { id, callback, members }) => {
            let answer = AcceptedBatch { id, callback, jobs: posted.answers(members)? };
            let location = format!("/api/v1/batches/{id}");
            Ok((StatusCode::ACCEPTED, [(LOCATION, location)], Json(answer)).into_response())
        }
        Err(BatchError::NothingNew { members }) => Err(nothing_new(&posted.answers(members)?)),
        Err(BatchError::Callback(error)) => Err(Problem::from(error).below("/callback")),
        Err(BatchError::Unfinished { id, error }) => Err(unfinished(id, error)),
        Err(error) => Err(Problem::internal().because(&error)),
    }
}

fn read_callback(job: Value, desk: &Desk<may::EnqueueJobs>) -> Result<EnqueueRequest, Problem> {
    let read = shape::<PostedJob>(job).and_then(|job| desk.admit(job, None));
    read.map_err(|problem| problem.below("/callback"))
}

/// A batch that the engine left in the middle. To post it again is no way out: what was accepted would run twice.
fn unfinished(id: BatchId, error: EnqueueError) -> Problem {
    let detail = format!(
        "The engine that keeps the jobs stopped answering while the batch {id} was being enqueued. The jobs that it had \
         accepted run, and the callback does not. Look at them before you post a batch again."
    );
    let transient = error.is_transient();
    let problem = Problem::from(error);
    let problem = if transient { problem.said(detail) } else { problem };
    problem.with("batch", id.to_string())
}

/// A batch that nobody could wait for.
fn nothing_new(jobs: &[Answer]) -> Problem {
    let detail =
        "None of the jobs was accepted as a new one, so there is no batch; `jobs` has the answer for each.";
    Problem::new(ProblemType::NothingNew, detail).with("jobs", json!(jobs))
}
