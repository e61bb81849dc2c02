//! Batches: many jobs, one progress, and one job when all are done.
//!
//! | step | what happens | after a crash |
//! |---|---|---|
//! | open | the batch exists; it takes members | it stays open and is pruned with the failed jobs, but not within its first 30 days |
//! | add | the ids of members are written down *before* the members are enqueued, so that no end is missed | as above; what was enqueued runs |
//! | seal | no further members; from here on the batch ends when none is pending | sealing again answers the same |
//! | a member ends | it is crossed off; ends are a set, so one that is told twice counts once | what crosses queues is told again |
//! | one never ends, since it was never enqueued | nothing; when no pending member exists any more, the batch is pruned as if it were open | as above |
//! | the last one has ended | the callback is enqueued in the same step | the callback is in the queue or in the outbox |
//!
//! A member counts as it first ended: redriven, it is crossed off already. The callback is exempt from
//! quotas, as all children of accepted jobs are; members are not.

use serde::Serialize;
use windlass_shared::{BatchId, JobId, QueueName, TenantId, Timestamp};

use crate::engine::NewJob;

/// How many members a batch may have.
pub const MAX_BATCH_MEMBERS: usize = 100_000;

/// A batch that is to be opened.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// Its id, which carries the number of `queue`.
    pub id: BatchId,
    /// The queue that keeps it; its members may live in others.
    pub queue: QueueName,
    /// Whose it is.
    pub tenant: TenantId,
    /// What it is for, in a few words.
    pub description: String,
    /// What is enqueued when all members have ended.
    pub callback: Option<NewJob>,
}

/// A batch, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// The queue that keeps it.
    pub queue: QueueName,
    /// Whose it is.
    pub tenant: TenantId,
    /// What it is for.
    pub description: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// Whether it takes no further members.
    pub sealed: bool,
    /// When the last member ended.
    pub finished_at: Option<Timestamp>,
    /// How many members it has.
    pub total: u64,
    /// How many of them have not ended.
    pub pending: u64,
    /// How many were completed.
    pub completed: u64,
    /// How many were cancelled or deleted.
    pub cancelled: u64,
    /// How many were discarded.
    pub discarded: u64,
    /// The job that is enqueued at the end.
    pub callback: Option<JobId>,
}
