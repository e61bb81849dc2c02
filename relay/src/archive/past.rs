use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use windlass_queue::{AttemptError, ErrorReason, Job, LogLine, Progress, Records};
use windlass_shared::{BatchId, ClaimNumber, LimitKey, Timestamp};
use windlass_store::JobEnd;

/// How many bytes of a job's log its row keeps at most, the newest lines.
const MOST_LOG_BYTES: usize = 64 * 1_024;

/// What a row says of a job beyond its columns. Rows of other versions may have less or more.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Details {
    timeout_ms: u64,
    deaths: u8,
    run_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_key: Option<LimitKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<BatchId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Failure>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logs: Vec<LogLine>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Failure {
    claim: u32,
    attempt: u16,
    at: Timestamp,
    reason: ErrorReason,
    message: String,
}

impl Details {
    /// What is worth keeping of a job that has ended.
    pub(crate) fn of(job: &Job) -> Self {
        Self {
            timeout_ms: u64::try_from(job.timeout.as_millis()).unwrap_or(u64::MAX),
            deaths: job.deaths,
            run_at: Some(job.run_at),
            expires_at: job.expires_at,
            limit_key: job.limit_key.clone(),
            batch: job.batch,
            progress: Some(job.progress.clone()).filter(|progress| *progress != Progress::default()),
            errors: job.errors.iter().map(Failure::of).collect(),
            logs: newest(&job.log),
        }
    }
}

fn newest(log: &[LogLine]) -> Vec<LogLine> {
    let mut bytes = 0;
    let fits = |line: &&LogLine| {
        bytes += line.line.len();
        bytes <= MOST_LOG_BYTES
    };
    let mut newest: Vec<_> = log.iter().rev().take_while(fits).cloned().collect();
    newest.reverse();
    newest
}

impl Failure {
    fn of(error: &AttemptError) -> Self {
        let AttemptError { attempt, claim, at, reason, message } = error.clone();
        Self { claim: claim.get(), attempt, at, reason, message }
    }

    fn into_error(self) -> AttemptError {
        let Self { claim, attempt, at, reason, message } = self;
        AttemptError { attempt, claim: ClaimNumber::new(claim), at, reason, message }
    }
}

/// The job as its last row tells of it.
pub(super) fn past(end: JobEnd) -> Job {
    let details: Details =
        end.details.and_then(|details| serde_json::from_value(details).ok()).unwrap_or_default();
    let payload = |text: Option<String>| text.map(Bytes::from);
    Job {
        id: end.job,
        queue: end.queue,
        kind: end.kind,
        tenant: end.organization,
        state: end.state,
        priority: end.priority,
        attempt: end.attempt,
        max_attempts: end.max_attempts,
        claims: end.claim.get(),
        deaths: details.deaths,
        alone: false,
        cancel_requested: false,
        timeout: Duration::from_millis(details.timeout_ms),
        tags: end.tags,
        args: payload(end.args).unwrap_or_else(|| Bytes::from_static(b"null")),
        created_at: end.created_at,
        run_at: details.run_at.unwrap_or(end.created_at),
        attempted_at: end.attempted_at,
        finished_at: Some(end.ended_at),
        worker: end.worker.and_then(|worker| worker.parse().ok()),
        progress: details.progress.unwrap_or_default(),
        result: payload(end.result),
        errors: details.errors.into_iter().map(Failure::into_error).collect(),
        log: details.logs,
        backoff: None,
        expires_at: details.expires_at,
        limit_key: details.limit_key,
        unique: None,
        batch: details.batch,
        records: Records::default(),
    }
}
