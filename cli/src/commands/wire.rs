//! One job as JSON, with the names that the HTTP API uses.

use bytes::Bytes;
use serde_json::{Value, json};
use windlass_queue::Job;

/// The job as scripts read it.
pub(super) fn wire(job: &Job) -> Value {
    json!({
        "id": job.id,
        "kind": job.kind,
        "queue": job.queue,
        "tenant": job.tenant,
        "state": job.state,
        "priority": job.priority,
        "attempt": job.attempt,
        "max_attempts": job.max_attempts,
        "timeout_ms": u64::try_from(job.timeout.as_millis()).unwrap_or(u64::MAX),
        "deaths": job.deaths,
        "cancel_requested": job.cancel_requested,
        "progress": job.progress.percent,
        "message": job.progress.message,
        "tags": job.tags,
        "args": decoded(&job.args),
        "result": job.result.as_ref().map(decoded),
        "errors": job.errors,
        "logs": job.log,
        "created_at": job.created_at,
        "run_at": job.run_at,
        "attempted_at": job.attempted_at,
        "finished_at": job.finished_at,
        "worker": job.worker,
    })
}

/// Stored bytes as JSON; what is none, though it should be, is shown as text.
fn decoded(bytes: &Bytes) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into())
}
