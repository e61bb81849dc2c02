use serde::Deserialize;
use utoipa::ToSchema;

use super::{BatchId, JobId, QueueName, TenantId, Timestamp};
use crate::jobs::PostedJob;

/// Many jobs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostedJobs {
    #[schema(min_items = 1, max_items = 1000)]
    jobs: Vec<PostedJob>,
}

/// A batch, as it is now.
#[derive(ToSchema)]
pub(crate) struct Batch {
    id: BatchId,
    /// The queue that keeps it.
    queue: QueueName,
    /// The organization that it belongs to.
    tenant: TenantId,
    /// What it is for.
    description: String,
    created_at: Timestamp,
    /// Whether it takes no further members.
    sealed: bool,
    /// When the last member ended.
    #[schema(required)]
    finished_at: Option<Timestamp>,
    /// How many members it has.
    total: u64,
    /// How many of them have not ended.
    pending: u64,
    completed: u64,
    /// How many were cancelled or deleted.
    cancelled: u64,
    discarded: u64,
    /// The job that is enqueued at the end.
    #[schema(required)]
    callback: Option<JobId>,
}
