use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use windlass_queue::{AttemptError, ErrorReason, Job, LogLine, OnConflict, Unique, Until};
use windlass_relay::{Found, Source};
use windlass_shared::{BatchId, JobId, JobState, LimitKey, StepName, Timestamp};

use super::posted::{PostedBackoff, PostedUntil};
use crate::openapi::shapes;

/// A job as callers see it, in the API and in the command line alike.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobView {
    #[schema(value_type = shapes::JobId)]
    id: JobId,
    #[schema(value_type = shapes::KindName)]
    kind: String,
    #[schema(value_type = shapes::QueueName)]
    queue: String,
    /// The organization that it belongs to.
    #[schema(value_type = shapes::TenantId)]
    tenant: String,
    #[schema(value_type = shapes::JobState)]
    state: JobState,
    #[schema(value_type = shapes::Priority)]
    priority: u8,
    /// Which attempt it is at; 0 before the first.
    attempt: u16,
    #[schema(value_type = shapes::MaxAttempts)]
    max_attempts: u16,
    /// How long an attempt may take.
    timeout_ms: u64,
    /// How often it was claimed.
    claims: u32,
    /// How many workers died under it.
    deaths: u8,
    cancel_requested: bool,
    /// How far it has come, in percent.
    #[schema(maximum = 100)]
    progress: u8,
    /// What it is doing, in its own words.
    #[schema(required)]
    message: Option<String>,
    #[schema(value_type = Vec<shapes::Tag>)]
    tags: Vec<String>,
    /// Those of more than 64 KiB show as `{"$blob": …, "bytes": N}`: `/jobs/{id}/args` has them whole.
    args: Value,
    /// What its handler answered. One of more than 64 KiB shows as `{"$blob": …, "bytes": N}`: `/jobs/{id}/result` has it
    /// whole.
    #[schema(required)]
    result: Option<Value>,
    #[schema(required)]
    backoff: Option<PostedBackoff>,
    #[schema(value_type = Option<shapes::LimitKey>, required)]
    limit_key: Option<LimitKey>,
    #[schema(required)]
    unique: Option<UniqueView>,
    /// The batch that it is a member of.
    #[schema(value_type = Option<shapes::BatchId>, required)]
    batch: Option<BatchId>,
    /// The steps that it has done.
    #[schema(value_type = Vec<shapes::StepName>)]
    steps: Vec<StepName>,
    has_checkpoint: bool,
    errors: Vec<ErrorView>,
    logs: Vec<LogView>,
    #[schema(value_type = shapes::Timestamp)]
    created_at: Timestamp,
    /// From when on it may start.
    #[schema(value_type = shapes::Timestamp)]
    run_at: Timestamp,
    /// From when on it is not worth starting.
    #[schema(value_type = Option<shapes::Timestamp>, required)]
    expires_at: Option<Timestamp>,
    /// When it was claimed last.
    #[schema(value_type = Option<shapes::Timestamp>, required)]
    attempted_at: Option<Timestamp>,
    #[schema(value_type = Option<shapes::Timestamp>, required)]
    finished_at: Option<Timestamp>,
    /// The worker that claimed it last.
    #[schema(required)]
    worker: Option<String>,
    /// Who knows of it: a `queue` that holds it, or only the `history`.
    source: SourceView,
}

/// Who knows of a job.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JobSource)]
enum SourceView {
    /// Its queue holds it: it waits, runs, or can be run again.
    Queue,
    /// It has ended and its queue holds it no longer. It comes without steps, and without what made it unique.
    History,
}

impl From<Found> for JobView {
    fn from(Found { job, source }: Found) -> Self {
        let source = match source {
            Source::Queue => SourceView::Queue,
            Source::History => SourceView::History,
        };
        Self { source, ..Self::from(job) }
    }
}

/// What makes a job unique; the key itself is a digest that says nothing.
#[derive(Debug, Serialize, ToSchema)]
struct UniqueView {
    until: PostedUntil,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_ms: Option<u64>,
    #[schema(value_type = shapes::OnConflict)]
    on_conflict: OnConflict,
}

#[derive(Debug, Serialize, ToSchema)]
struct ErrorView {
    attempt: u16,
    /// The number of the claim that ended with it.
    claim: u32,
    #[schema(value_type = shapes::Timestamp)]
    at: Timestamp,
    #[schema(value_type = shapes::ErrorReason)]
    reason: ErrorReason,
    message: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct LogView {
    #[schema(value_type = shapes::Timestamp)]
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
            source: SourceView::Queue,
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
        Self {
            attempt: error.attempt,
            claim: error.claim.get(),
            at: error.at,
            reason: error.reason,
            message: error.message,
        }
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
