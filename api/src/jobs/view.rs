use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use windlass_queue::{AttemptError, ErrorReason, Job, LogLine, OnConflict, Unique, Until};
use windlass_shared::{BatchId, JobId, JobState, LimitKey, StepName, Timestamp};

use super::posted::{PostedBackoff, PostedUntil};

/// A job as callers see it, in the API and in the command line alike.
#[derive(Debug, Serialize)]
pub struct JobView {
    id: JobId,
    kind: String,
    queue: String,
    tenant: String,
    state: JobState,
    priority: u8,
    attempt: u16,
    max_attempts: u16,
    timeout_ms: u64,
    claims: u32,
    deaths: u8,
    cancel_requested: bool,
    progress: u8,
    message: Option<String>,
    tags: Vec<String>,
    args: Value,
    result: Option<Value>,
    backoff: Option<PostedBackoff>,
    limit_key: Option<LimitKey>,
    unique: Option<UniqueView>,
    batch: Option<BatchId>,
    steps: Vec<StepName>,
    has_checkpoint: bool,
    errors: Vec<ErrorView>,
    logs: Vec<LogView>,
    created_at: Timestamp,
    run_at: Timestamp,
    expires_at: Option<Timestamp>,
    attempted_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    worker: Option<String>,
}

/// What makes a job unique; the key itself is a digest that says nothing.
#[derive(Debug, Serialize)]
struct UniqueView {
    until: PostedUntil,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_ms: Option<u64>,
    on_conflict: OnConflict,
}

#[derive(Debug, Serialize)]
struct ErrorView {
    attempt: u16,
    at: Timestamp,
    reason: ErrorReason,
    message: String,
}

#[derive(Debug, Serialize)]
struct LogView {
    at: Timestamp,
    attempt: u16,
    line: String,
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
            id: job.id,
            kind: job.kind.to_string(),
            queue: job.queue.to_string(),
            tenant: job.tenant.to_string(),
            state: job.state,
            priority: job.priority.get(),
            attempt: job.attempt,
            max_attempts: job.max_attempts.get(),
            timeout_ms: millis(job.timeout),
            claims: job.claims,
            deaths: job.deaths,
            cancel_requested: job.cancel_requested,
            progress: progress(&job),
            message: job.progress.message,
            tags: job.tags.iter().map(ToString::to_string).collect(),
            args: json(&job.args),
            result: job.result.as_ref().map(json),
            backoff: job.backoff.map(PostedBackoff::from),
            limit_key: job.limit_key,
            unique: job.unique.map(UniqueView::from),
            batch: job.batch,
            steps: job.records.steps.into_iter().map(|(name, _)| name).collect(),
            has_checkpoint: job.records.checkpoint.is_some(),
            errors: job.errors.into_iter().map(ErrorView::from).collect(),
            logs: job.log.into_iter().map(LogView::from).collect(),
            created_at: job.created_at,
            run_at: job.run_at,
            expires_at: job.expires_at,
            attempted_at: job.attempted_at,
            finished_at: job.finished_at,
            worker: job.worker.map(|worker| worker.to_string()),
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What is completed is done, however far its handler said it had come.
fn progress(job: &Job) -> u8 {
    if job.state == JobState::Completed { 100 } else { job.progress.percent.get() }
}

impl From<Unique> for UniqueView {
    fn from(unique: Unique) -> Self {
        let (until, period_ms) = match unique.until {
            Until::Start => (PostedUntil::Start, None),
            Until::Finish => (PostedUntil::Finish, None),
            Until::Period(period) => (PostedUntil::Period, Some(millis(period))),
        };
        Self { until, period_ms, on_conflict: unique.on_conflict }
    }
}

impl From<AttemptError> for ErrorView {
    fn from(error: AttemptError) -> Self {
        Self { attempt: error.attempt, at: error.at, reason: error.reason, message: error.message }
    }
}

impl From<LogLine> for LogView {
    fn from(log: LogLine) -> Self {
        Self { at: log.at, attempt: log.attempt, line: log.line }
    }
}

/// Stored bytes as JSON; what is none, though it should be, is shown as text.
fn json(bytes: &Bytes) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into())
}
