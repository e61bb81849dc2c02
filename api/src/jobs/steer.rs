//! What people order for one job.

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use windlass_jobs::operations::BulkJobs;
use windlass_queue::{CancelAnswer, DeleteAnswer, Job, JobKind, RedriveAnswer, ReprioritizeAnswer};
use windlass_shared::{JobId, JobState, Priority};

use crate::access::{Act, Desk, may};
use crate::body::{JsonBody, OptionalBody};
use crate::openapi::shapes;
use crate::path::PathId;
use crate::problem::{Problem, ProblemType};
use crate::shape::shape;

/// How large the body of an order may be.
const LIMIT: usize = 1 << 20;

/// A job after an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Steered {
    #[schema(value_type = shapes::JobId)]
    id: JobId,
    #[schema(value_type = shapes::JobState)]
    state: JobState,
    /// Whether its worker is asked to stop it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_requested: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::Priority>)]
    priority: Option<Priority>,
}

impl Steered {
    const fn to(id: JobId, state: JobState) -> Self {
        Self { id, state, cancel_requested: None, priority: None }
    }
}

/// Cancels a job: at once, or by request to the worker that runs it.
#[utoipa::path(
    post,
    path = "/jobs/{id}/cancel",
    operation_id = "cancel_job",
    tag = "jobs",
    security(("key" = ["jobs.manage"])),
    params(("id" = shapes::JobId, Path, description = "The job's id.")),
    responses(
        (status = 200, description = "It is cancelled.", body = Steered),
        (status = 202, description = "It runs, and its worker is asked to stop it.", body = Steered),
        (status = 404, description = "`unknown-job`: no job of the caller's has this id."),
        (status = 409, description = "`wrong-state`: it has ended otherwise."),
    ),
)]
pub(crate) async fn cancel(desk: Desk<may::ManageJobs>, PathId(id): PathId) -> Result<Response, Problem> {
    let job = desk.job(&id).await?;
    desk.audited(act("jobs.cancel", &job), async { cancelled(desk.cancel(&job).await?, job.id) }).await
}

fn cancelled(answer: CancelAnswer, job: JobId) -> Result<(StatusCode, Json<Steered>), Problem> {
    match answer {
        CancelAnswer::Cancelled | CancelAnswer::AlreadyFinal(JobState::Cancelled) => {
            Ok((StatusCode::OK, Json(Steered::to(job, JobState::Cancelled))))
        }
        CancelAnswer::Requested => {
            let asked = Steered { cancel_requested: Some(true), ..Steered::to(job, JobState::Running) };
            Ok((StatusCode::ACCEPTED, Json(asked)))
        }
        CancelAnswer::AlreadyFinal(state) => Err(Problem::wrong_state(
            state,
            format!("The job is {state} already, so it cannot be cancelled."),
        )),
        CancelAnswer::NotFound => Err(Problem::unknown_job(&job.to_string())),
    }
}

fn act(action: &'static str, job: &Job) -> Act {
    Act::on(action, &job.id).of(&job.tenant).with(json!({ "kind": job.kind, "state": job.state }))
}

/// What may be said to a retry.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostedRetry {
    /// The args from now on, which are checked against the kind's schema; those that it has if left out.
    #[schema(value_type = Option<Object>)]
    args: Option<Value>,
}

/// Runs a job now, or again, with the same args or other ones.
#[utoipa::path(
    post,
    path = "/jobs/{id}/retry",
    operation_id = "retry_job",
    tag = "jobs",
    security(("key" = ["jobs.manage"])),
    params(("id" = shapes::JobId, Path, description = "The job's id.")),
    request_body(content = Option<PostedRetry>, example = json!({})),
    responses(
        (status = 200, description = "It is available.", body = Steered),
        (status = 404, description = "`unknown-job`: no job of the caller's has this id."),
        (status = 409, description = "`wrong-state`: it runs, or waits for another one. `unique-conflict`: another job holds its unique key."),
    ),
)]
pub(crate) async fn retry(
    desk: Desk<may::ManageJobs>,
    PathId(id): PathId,
    OptionalBody(body): OptionalBody<{ super::one::LIMIT }>,
) -> Result<Response, Problem> {
    let PostedRetry { args } = body.map(shape).transpose()?.unwrap_or_default();
    let job = desk.job(&id).await?;
    if args.is_some() && job.kind.as_str() == BulkJobs::NAME {
        // They could name another tenant's jobs.
        return Err(Problem::at("/args", "a bulk operation keeps its args; ask for another one instead"));
    }
    let act = Act {
        details: json!({ "kind": job.kind, "state": job.state, "changed_args": args.is_some() }),
        ..act("jobs.retry", &job)
    };
    desk.audited(act, async { retried(desk.retry(&job, args).await?, job.id) }).await
}

fn retried(answer: RedriveAnswer, job: JobId) -> Result<Json<Steered>, Problem> {
    match answer {
        RedriveAnswer::Available | RedriveAnswer::AlreadyAvailable => {
            Ok(Json(Steered::to(job, JobState::Available)))
        }
        RedriveAnswer::Refused(state) => Err(Problem::wrong_state(state, not_retried(state))),
        RedriveAnswer::Conflict(holder) => Err(conflict(holder)),
        RedriveAnswer::ArgsFixed => Err(Problem::at(
            "/args",
            "the job has a unique key, which was made of its args; enqueue another job with the new ones instead",
        )),
        RedriveAnswer::NotFound => Err(Problem::unknown_job(&job.to_string())),
    }
}

fn not_retried(state: JobState) -> String {
    match state {
        JobState::Running => "The job runs. Cancel it first, or wait until it has ended.".to_owned(),
        JobState::Pending => {
            "The job waits for another one that holds its unique key. Cancel that one to let it start."
                .to_owned()
        }
        other => format!("The job is {other} and cannot be retried."),
    }
}

fn conflict(holder: JobId) -> Problem {
    let detail = format!("The job {holder} holds the unique key by now. Cancel that one first.");
    Problem::new(ProblemType::UniqueConflict, detail).with("holder", holder.to_string())
}

/// Removes a job, unless it runs.
#[utoipa::path(
    delete,
    path = "/jobs/{id}",
    operation_id = "delete_job",
    tag = "jobs",
    security(("key" = ["jobs.manage"])),
    params(("id" = shapes::JobId, Path, description = "The job's id.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "`unknown-job`: no job of the caller's has this id."),
        (status = 409, description = "`wrong-state`: it runs."),
    ),
)]
pub(crate) async fn delete(desk: Desk<may::ManageJobs>, PathId(id): PathId) -> Result<Response, Problem> {
    let found = desk.job_or_past(&id).await?;
    let job = &found.job;
    desk.audited(act("jobs.delete", job), async { deleted(desk.delete(&found).await?, job.id) }).await
}

fn deleted(answer: DeleteAnswer, job: JobId) -> Result<StatusCode, Problem> {
    match answer {
        DeleteAnswer::Deleted(_) => Ok(StatusCode::NO_CONTENT),
        DeleteAnswer::Running => Err(Problem::wrong_state(
            JobState::Running,
            "The job runs. Cancel it, wait until it has ended, and delete it then.",
        )),
        DeleteAnswer::NotFound => Err(Problem::unknown_job(&job.to_string())),
    }
}

/// What may be changed of a job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PostedJobChange)]
struct PostedChange {
    #[schema(value_type = shapes::Priority)]
    priority: Priority,
}

/// Changes the priority of a job that has not ended.
#[utoipa::path(
    patch,
    path = "/jobs/{id}",
    operation_id = "change_job",
    tag = "jobs",
    security(("key" = ["jobs.manage"])),
    params(("id" = shapes::JobId, Path, description = "The job's id.")),
    request_body(content = PostedChange, example = json!({"priority": 0})),
    responses(
        (status = 200, description = "It is changed.", body = Steered),
        (status = 404, description = "`unknown-job`: no job of the caller's has this id."),
        (status = 409, description = "`wrong-state`: it has ended."),
    ),
)]
pub(crate) async fn change(
    desk: Desk<may::ManageJobs>,
    PathId(id): PathId,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<Response, Problem> {
    let PostedChange { priority } = shape(body)?;
    let job = desk.job(&id).await?;
    let act =
        Act { details: json!({ "from": job.priority, "to": priority }), ..act("jobs.reprioritize", &job) };
    desk.audited(act, async { reprioritized(desk.reprioritize(&job, priority).await?, job.id, priority) })
        .await
}

fn reprioritized(
    answer: ReprioritizeAnswer,
    job: JobId,
    priority: Priority,
) -> Result<Json<Steered>, Problem> {
    match answer {
        ReprioritizeAnswer::Changed(state) => {
            Ok(Json(Steered { priority: Some(priority), ..Steered::to(job, state) }))
        }
        ReprioritizeAnswer::AlreadyFinal(state) => Err(Problem::wrong_state(
            state,
            format!("The job is {state}; its priority does not matter any more."),
        )),
        ReprioritizeAnswer::NotFound => Err(Problem::unknown_job(&job.to_string())),
    }
}
