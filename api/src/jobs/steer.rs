//! What people order for one job.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_jobs::operations::BulkJobs;
use windlass_queue::{CancelAnswer, Client, DeleteAnswer, JobKind, RedriveAnswer, ReprioritizeAnswer};
use windlass_shared::{JobId, JobState, Priority};

use super::read::find;
use crate::body::{JsonBody, OptionalBody};
use crate::keys::Caller;
use crate::path::PathId;
use crate::problem::{Problem, ProblemType};
use crate::shape::shape;

/// How large the body of an order may be. Args are bounded further, by what the queue carries.
const LIMIT: usize = 1 << 20;

/// A job after an order.
#[derive(Debug, Serialize)]
pub(crate) struct Steered {
    id: JobId,
    state: JobState,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_requested: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
}

impl Steered {
    const fn to(id: JobId, state: JobState) -> Self {
        Self { id, state, cancel_requested: None, priority: None }
    }
}

/// `POST /jobs/{id}/cancel`
pub(crate) async fn cancel(
    State(client): State<Client>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
) -> Result<(StatusCode, Json<Steered>), Problem> {
    let job = find(&client, &caller, &id).await?.id;
    let answer = client.engine().cancel(&[job]).await?.into_iter().next();
    match answer.ok_or_else(Problem::internal)? {
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
        CancelAnswer::NotFound => Err(Problem::unknown_job(&id)),
    }
}

/// What may be said to a retry.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedRetry {
    args: Option<Value>,
}

/// `POST /jobs/{id}/retry`
pub(crate) async fn retry(
    State(client): State<Client>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    OptionalBody(body): OptionalBody<LIMIT>,
) -> Result<Json<Steered>, Problem> {
    let PostedRetry { args } = body.map(shape).transpose()?.unwrap_or_default();
    let job = find(&client, &caller, &id).await?;
    if args.is_some() && job.kind.as_str() == BulkJobs::NAME {
        // They could name another tenant's jobs.
        return Err(Problem::at("/args", "a bulk operation keeps its args; ask for another one instead"));
    }
    match client.retry(job.id, args).await? {
        RedriveAnswer::Available | RedriveAnswer::AlreadyAvailable => {
            Ok(Json(Steered::to(job.id, JobState::Available)))
        }
        RedriveAnswer::Refused(state) => Err(Problem::wrong_state(state, not_retried(state))),
        RedriveAnswer::Conflict(holder) => Err(conflict(holder)),
        RedriveAnswer::ArgsFixed => Err(Problem::at(
            "/args",
            "the job has a unique key, which was made of its args; enqueue another job with the new ones instead",
        )),
        RedriveAnswer::NotFound => Err(Problem::unknown_job(&id)),
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

/// `DELETE /jobs/{id}`
pub(crate) async fn delete(
    State(client): State<Client>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
) -> Result<StatusCode, Problem> {
    let job = find(&client, &caller, &id).await?.id;
    let answer = client.engine().delete(&[job]).await?.into_iter().next();
    match answer.ok_or_else(Problem::internal)? {
        DeleteAnswer::Deleted(_) => Ok(StatusCode::NO_CONTENT),
        DeleteAnswer::Running => Err(Problem::wrong_state(
            JobState::Running,
            "The job runs. Cancel it, wait until it has ended, and delete it then.",
        )),
        DeleteAnswer::NotFound => Err(Problem::unknown_job(&id)),
    }
}

/// What may be changed of a job.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedChange {
    priority: Priority,
}

/// `PATCH /jobs/{id}`
pub(crate) async fn change(
    State(client): State<Client>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<Json<Steered>, Problem> {
    let PostedChange { priority } = shape(body)?;
    let job = find(&client, &caller, &id).await?.id;
    let answer = client.engine().reprioritize(&[job], priority).await?.into_iter().next();
    match answer.ok_or_else(Problem::internal)? {
        ReprioritizeAnswer::Changed(state) => {
            Ok(Json(Steered { priority: Some(priority), ..Steered::to(job, state) }))
        }
        ReprioritizeAnswer::AlreadyFinal(state) => Err(Problem::wrong_state(
            state,
            format!("The job is {state}; its priority does not matter any more."),
        )),
        ReprioritizeAnswer::NotFound => Err(Problem::unknown_job(&id)),
    }
}
