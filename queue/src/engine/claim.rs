use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use windlass_shared::{
    Backoff, BatchId, Claim, Incarnation, KindName, LimitKey, MaxAttempts, Priority, QueueName, Tag,
    TenantId, Timestamp,
};

use super::{EngineError, HeldClaim};

/// The role that hands out jobs.
#[async_trait]
pub trait ClaimJobs {
    /// Promotes what is due and lifts what has lifted, then moves up to `most` available jobs to `running` under new
    /// tokens of `worker`: tenants take turns by their weights, then priority, then first in first out; or as the
    /// queue's [`Order`](crate::Order) says. What cannot run now is parked and brings nothing. What has expired is
    /// discarded on the way. A worker that gets fewer than it asked for is armed in the same step: the next job, earlier
    /// due time or lifted block wakes it.
    async fn claim(&self, request: &ClaimRequest) -> Result<Claimed, EngineError>;

    /// Every claim in `queue` that is current and carries a token of `worker`, whether or not the answer that
    /// gave it ever arrived.
    async fn held(&self, queue: &QueueName, worker: Incarnation) -> Result<Vec<HeldClaim>, EngineError>;
}

/// What a worker asks for.
#[derive(Debug, Clone)]
pub struct ClaimRequest {
    /// Who claims.
    pub worker: Incarnation,
    /// From which queue.
    pub queue: QueueName,
    /// How many at most: the free slots, never more, because claimed means started. An engine may give fewer
    /// than are available (it answers [`Claimed::more`]).
    pub most: NonZeroUsize,
    /// Whether one of them may be a suspect.
    pub suspects: Suspects,
    /// Which kinds may come.
    pub serves: Serves,
}

/// Which kinds a worker serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Serves {
    /// Every kind.
    Every,
    /// These. Jobs of others are parked for workers that serve them, which are woken for it.
    These(Arc<[KindName]>),
}

/// Whether a claim may bring a job under which two worker processes have died. Such a job must run alone in its
/// process, so a worker keeps one only when it has no other job in hand, and gives it back otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspects {
    /// One at most may come, instead of an ordinary job.
    Take,
    /// None may come.
    Leave,
}

/// What a worker gets.
#[derive(Debug, Default)]
pub struct Claimed {
    /// The jobs, in the order in which they should start.
    pub jobs: Vec<ClaimedJob>,
    /// How long until the next scheduled job or retry is due, or the next block lifts by itself, where one waits.
    pub next_due: Option<Duration>,
    /// Whether more may be available right now.
    pub more: bool,
}

/// A job that now belongs to a worker.
#[derive(Debug, Clone)]
pub struct ClaimedJob {
    /// The claim.
    pub claim: Claim,
    /// What kind it is.
    pub kind: KindName,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its priority.
    pub priority: Priority,
    /// Which attempt this is, from 1.
    pub attempt: u16,
    /// How many there may be.
    pub max_attempts: MaxAttempts,
    /// How many worker processes have died under it.
    pub deaths: u8,
    /// Whether it must run alone: [`SettleJobs::begin_alone`](super::SettleJobs::begin_alone) first.
    pub suspect: bool,
    /// How long this attempt may take.
    pub timeout: Duration,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When this attempt was handed out.
    pub attempted_at: Timestamp,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its arguments, as they were enqueued.
    pub args: Bytes,
    /// How long to wait after a failure, instead of what its kind says.
    pub backoff: Option<Backoff>,
    /// From when on it is not tried again.
    pub expires_at: Option<Timestamp>,
    /// The key that it shares limits by.
    pub limit_key: Option<LimitKey>,
    /// The batch that it is a member of.
    pub batch: Option<BatchId>,
    /// Whether an earlier attempt has recorded steps or a checkpoint.
    pub has_records: bool,
}
