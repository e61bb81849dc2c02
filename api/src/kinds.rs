use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use windlass_queue::Kind;

use crate::access::{Desk, may};
use crate::conditional::Content;
use crate::openapi::shapes;
use crate::problem::Problem;
use crate::router::Floor;

/// What can be asked about kinds.
pub(crate) fn routes() -> OpenApiRouter<Floor> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Every kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Kinds {
    kinds: Vec<KindView>,
}

/// A kind as callers see it.
#[derive(Debug, Serialize, ToSchema)]
struct KindView {
    #[schema(value_type = shapes::KindName)]
    name: String,
    /// Where its jobs live.
    #[schema(value_type = shapes::QueueName)]
    queue: String,
    #[schema(value_type = String)]
    summary: &'static str,
    /// The JSON Schema (2020-12) of its args.
    #[schema(value_type = Object)]
    schema: Value,
    #[schema(value_type = shapes::MaxAttempts)]
    max_attempts: u16,
    /// How long an attempt may take.
    timeout_ms: u64,
}

/// Lists every kind that can be enqueued, by name, with the JSON Schema of its args.
#[utoipa::path(
    get,
    path = "/kinds",
    operation_id = "list_kinds",
    tag = "kinds",
    responses(
        (status = 200, description = "The kinds.", body = Kinds),
        (status = 304, description = "They are as `If-None-Match` says."),
    ),
)]
pub(crate) async fn list(desk: Desk<may::Anything>, headers: HeaderMap) -> Result<Response, Problem> {
    let kinds = Kinds { kinds: desk.catalog().kinds().map(KindView::of).collect() };
    Ok(Content::of_value(&kinds)?.answer(&headers))
}

impl KindView {
    fn of(kind: &Kind) -> Self {
        Self {
            name: kind.name.to_string(),
            queue: kind.queue.to_string(),
            summary: kind.summary,
            schema: kind.schema.clone(),
            max_attempts: kind.max_attempts.get(),
            timeout_ms: u64::try_from(kind.timeout.as_millis()).unwrap_or(u64::MAX),
        }
    }
}
