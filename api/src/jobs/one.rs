use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use windlass_queue::Client;

use super::accepted::Accepted;
use super::idempotency::IdempotencyKey;
use super::posted::PostedJob;
use crate::body::JsonText;
use crate::keys::Caller;
use crate::problem::Problem;

/// How large the body of one job may be. Its args are bounded further, by what the queue carries.
const LIMIT: usize = 1 << 20;

/// `POST /jobs`
pub(crate) async fn post_job(
    State(client): State<Client>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: JsonText<LIMIT>,
) -> Result<Response, Problem> {
    let key = IdempotencyKey::of(&headers)?;
    let posted: PostedJob = body.read()?;
    let request = posted.into_request(caller.tenant, key.of_job())?;
    let accepted = Accepted::from(client.enqueue_one(request).await?);
    Ok((StatusCode::ACCEPTED, [(LOCATION, accepted.location())], Json(accepted)).into_response())
}
