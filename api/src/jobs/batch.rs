use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_queue::Client;

use super::idempotency::IdempotencyKey;
use super::posted::{Answer, PostedJobs};
use crate::body::JsonText;
use crate::keys::Caller;
use crate::problem::Problem;
use crate::shape::shape;

/// How large the body of many jobs may be.
pub(crate) const LIMIT: usize = 16 << 20;

/// Many jobs, as callers post them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedBatch<Job> {
    jobs: Vec<Job>,
}

/// The answers, in the order of the jobs.
#[derive(Debug, Serialize)]
pub(crate) struct BatchAnswer {
    jobs: Vec<Answer>,
}

/// `POST /jobs/batch`
pub(crate) async fn post_batch(
    State(client): State<Client>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: JsonText<LIMIT>,
) -> Result<(StatusCode, Json<BatchAnswer>), Problem> {
    let key = IdempotencyKey::of(&headers)?;
    let mut posted = if let Some(PostedBatch { jobs }) = body.read_quickly() {
        PostedJobs::read(jobs.into_iter().map(Ok), &caller, &key)?
    } else {
        let PostedBatch::<Value> { jobs } = shape(body.json()?)?;
        PostedJobs::read(jobs.into_iter().map(shape), &caller, &key)?
    };
    let requests = std::mem::take(&mut posted.requests);
    let jobs = posted.answers(client.enqueue_batch(requests).await)?;
    Ok((StatusCode::ACCEPTED, Json(BatchAnswer { jobs })))
}
