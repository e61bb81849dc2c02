use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_queue::{Client, EnqueueRequest};

use super::accepted::Accepted;
use super::idempotency::IdempotencyKey;
use super::posted::PostedJob;
use crate::body::JsonBody;
use crate::keys::Caller;
use crate::problem::Problem;
use crate::shape::shape;

/// How large the body of a batch may be.
const LIMIT: usize = 16 << 20;
/// How many jobs a batch may bring.
const MAX_JOBS: usize = 1_000;

/// A batch as callers post it. Each job is read on its own, so that a faulty one keeps no other out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedBatch {
    jobs: Vec<Value>,
}

/// The answers, in the order of the jobs.
#[derive(Debug, Serialize)]
pub(crate) struct BatchAnswer {
    jobs: Vec<Answer>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Answer {
    Accepted(Accepted),
    Refused { error: Problem },
}

/// `POST /jobs/batch`
pub(crate) async fn post_batch(
    State(client): State<Client>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<LIMIT>,
) -> Result<(StatusCode, Json<BatchAnswer>), Problem> {
    let key = IdempotencyKey::of(&headers)?;
    let PostedBatch { jobs } = shape(body)?;
    if jobs.is_empty() || jobs.len() > MAX_JOBS {
        return Err(Problem::at("/jobs", "a batch has 1 to 1000 jobs"));
    }
    let requests = jobs.into_iter().enumerate().map(|(index, job)| read(job, &caller, key.of_item(index)));
    let answers = enqueue(&client, requests.collect()).await;
    whole(answers)
}

fn read(job: Value, caller: &Caller, key: Option<String>) -> Result<EnqueueRequest, Problem> {
    shape::<PostedJob>(job)?.into_request(caller.tenant.clone(), key)
}

/// Enqueues what can be enqueued, and keeps every answer at the place of its job.
async fn enqueue(
    client: &Client,
    requests: Vec<Result<EnqueueRequest, Problem>>,
) -> Vec<Result<Accepted, Problem>> {
    let mut answers = Vec::with_capacity(requests.len());
    let mut readable = Vec::with_capacity(requests.len());
    for request in requests {
        answers.push(request.map(|request| readable.push(request)));
    }
    let mut enqueued = client.enqueue_batch(readable).await.into_iter();
    let mut next = || match enqueued.next() {
        Some(answer) => answer.map(Accepted::from).map_err(Problem::from),
        None => Err(Problem::internal()),
    };
    answers.into_iter().map(|read| read.and_then(|()| next())).collect()
}

/// One answer for the batch: a batch of which nothing arrived because the engine is away did not succeed in
/// part, it failed, and is to be sent again.
fn whole(answers: Vec<Result<Accepted, Problem>>) -> Result<(StatusCode, Json<BatchAnswer>), Problem> {
    let none_accepted = answers.iter().all(Result::is_err);
    let mut jobs = Vec::with_capacity(answers.len());
    for answer in answers {
        match answer {
            Ok(accepted) => jobs.push(Answer::Accepted(accepted)),
            Err(problem) if none_accepted && problem.is_temporary() => return Err(problem),
            Err(error) => jobs.push(Answer::Refused { error }),
        }
    }
    log_failures(&jobs);
    Ok((StatusCode::ACCEPTED, Json(BatchAnswer { jobs })))
}

/// One line for a batch: what keeps one job out usually keeps out hundreds.
fn log_failures(jobs: &[Answer]) {
    let mut causes = jobs.iter().filter_map(|job| match job {
        Answer::Accepted(_) => None,
        Answer::Refused { error } => error.cause(),
    });
    if let Some(cause) = causes.next() {
        tracing::error!(cause, failures = 1 + causes.count(), "jobs of a batch failed");
    }
}
