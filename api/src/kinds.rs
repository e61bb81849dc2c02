use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use windlass_queue::{Client, Kind};

#[derive(Debug, Serialize)]
pub(crate) struct Kinds {
    kinds: Vec<KindView>,
}

/// A kind as callers see it.
#[derive(Debug, Serialize)]
struct KindView {
    name: String,
    queue: String,
    summary: &'static str,
    schema: Value,
    max_attempts: u16,
    timeout_ms: u64,
}

/// Every kind that can be enqueued, by name.
pub(crate) async fn list(State(client): State<Client>) -> Json<Kinds> {
    Json(Kinds { kinds: client.catalog().kinds().map(KindView::of).collect() })
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
