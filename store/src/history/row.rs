use uuid::Uuid;
use windlass_shared::{ClaimNumber, JobId, MaxAttempts, Priority, Tag, Timestamp};

use super::JobEnd;
use super::entity::Model;
use super::tags;
use crate::error::StoreError;
use crate::text::storable;

/// An end as a row. The tags stand in a table of their own.
pub(super) fn row(end: &JobEnd, latest: bool) -> Model {
    Model {
        job_id: uuid(end.job),
        claim: end.claim.get().into(),
        ended_at: end.ended_at.as_millis(),
        organization: end.organization.to_string(),
        queue: end.queue.to_string(),
        kind: end.kind.to_string(),
        verb: end.verb.to_string(),
        state: end.state.to_string(),
        is_final: end.state.is_final(),
        latest,
        attempt: end.attempt.into(),
        max_attempts: end.max_attempts.get().into(),
        priority: end.priority.get().into(),
        created_at: end.created_at.as_millis(),
        attempted_at: end.attempted_at.map(Timestamp::as_millis),
        worker: end.worker.as_deref().map(storable),
        error_reason: end.error_reason.as_deref().map(storable),
        error: end.error.as_deref().map(storable),
        args: end.args.as_deref().map(storable),
        result: end.result.as_deref().map(storable),
        details: end.details.as_ref().map(ToString::to_string),
    }
}

/// A tag of an end as a row.
pub(super) fn tag(end: &JobEnd, tag: &Tag) -> tags::Model {
    tags::Model {
        job_id: uuid(end.job),
        claim: end.claim.get().into(),
        ended_at: end.ended_at.as_millis(),
        tag: tag.to_string(),
        organization: end.organization.to_string(),
    }
}

/// A row, with its tags, as an end.
pub(super) fn end(row: Model, tags: Vec<Tag>) -> Result<JobEnd, StoreError> {
    Ok(JobEnd {
        job: job(row.job_id),
        claim: ClaimNumber::new(u32::try_from(row.claim).map_err(StoreError::corrupt)?),
        ended_at: Timestamp::from_millis(row.ended_at),
        organization: row.organization.parse().map_err(StoreError::corrupt)?,
        queue: row.queue.parse().map_err(StoreError::corrupt)?,
        kind: row.kind.parse().map_err(StoreError::corrupt)?,
        verb: row.verb.parse().map_err(StoreError::corrupt)?,
        state: row.state.parse().map_err(StoreError::corrupt)?,
        attempt: u16::try_from(row.attempt).map_err(StoreError::corrupt)?,
        max_attempts: u16::try_from(row.max_attempts)
            .map_err(StoreError::corrupt)
            .and_then(|most| MaxAttempts::new(most).map_err(StoreError::corrupt))?,
        priority: u8::try_from(row.priority)
            .map_err(StoreError::corrupt)
            .and_then(|level| Priority::new(level).map_err(StoreError::corrupt))?,
        tags,
        created_at: Timestamp::from_millis(row.created_at),
        attempted_at: row.attempted_at.map(Timestamp::from_millis),
        worker: row.worker,
        error_reason: row.error_reason,
        error: row.error,
        args: row.args,
        result: row.result,
        details: row
            .details
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(StoreError::corrupt)?,
    })
}

pub(super) fn uuid(job: JobId) -> Uuid {
    Uuid::from_bytes(*job.as_bytes())
}

pub(super) fn job(uuid: Uuid) -> JobId {
    JobId::from_bytes(uuid.into_bytes())
}
