use axum::Json;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::accepted::Accepted;
use super::idempotency::IdempotencyKey;
use super::posted::PostedJob;
use crate::access::{Asked, Desk, may};
use crate::body::JsonText;
use crate::openapi::IdempotencyHeader;
use crate::problem::Problem;

/// How large the body of one job may be. Its args are bounded further where there is no place for large ones.
pub(super) const LIMIT: usize = 8 << 20;

/// Enqueues a job.
///
/// Args of more than 64 KiB are kept beside the job, where the installation has a place for them.
///
/// The same `Idempotency-Key` sent again means the same job, and gets the first answer again.
#[utoipa::path(
    post,
    path = "/jobs",
    operation_id = "enqueue_job",
    tag = "jobs",
    security(("key" = ["jobs.enqueue"])),
    params(IdempotencyHeader),
    request_body(content = PostedJob, example = json!({"kind": "email.send", "args": {"to": ["ada@example.com"], "subject": "Hello", "text": "Hello, Ada."}, "tags": ["newsletter-12"], "priority": 3, "delay_ms": 60_000})),
    responses(
        (status = 202, description = "It is accepted.", body = Accepted, headers(("Location" = String, description = "Where the job can be looked at."))),
        (status = 404, description = "`unknown-kind`: there is no such kind; `nearest` names those that it may be meant for."),
        (status = 429, description = "`queue-full` or `quota-reached`."),
    ),
)]
pub(crate) async fn post_job(
    desk: Desk<may::EnqueueJobs>,
    headers: HeaderMap,
    body: JsonText<LIMIT>,
) -> Result<Response, Problem> {
    let key = IdempotencyKey::of(&headers)?;
    let posted: PostedJob = body.read()?;
    let request = desk.admit(posted, key.of_job())?;
    let asked = key.text().map(|key| Asked {
        key,
        path: "/jobs",
        body: body.bytes(),
        tenant: request.options.tenant.clone(),
        meaning: String::new(),
    });
    let work = async {
        let accepted = Accepted::from(desk.enqueue(request).await?);
        Ok((StatusCode::ACCEPTED, [(LOCATION, accepted.location())], Json(accepted)).into_response())
    };
    desk.once(asked, work).await
}
