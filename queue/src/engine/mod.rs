//! The contract between Windlass and whatever keeps its jobs.
//!
//! One small trait a role, one object-safe [`Engine`] over them all. The contract speaks queue, not store: no
//! connection, transaction or key crosses it. The rules of what may follow what are not here but in
//! [`transition`](crate::transition()); an engine applies a decided change atomically, and only while the claim
//! that decided it is current.

mod batches;
mod claim;
mod enqueue;
mod error;
mod events;
mod govern;
mod inspect;
mod lease;
mod maintain;
mod notify;
mod record;
mod settle;
mod steer;

use std::fmt::Debug;

use async_trait::async_trait;
use windlass_shared::{QueueName, QueueNumber};

pub use batches::{BatchAnswer, KeepBatches};
pub use claim::{ClaimJobs, ClaimRequest, Claimed, ClaimedJob, Serves, Suspects};
pub use enqueue::{Acceptance, EnqueueJobs, Enqueued, Expiry, NewJob, When};
pub use error::{EngineError, Reach, Rejection};
pub use events::{EventPage, EventPosition, EventVerb, JobEvent, MOST_EVENTS, TellEvents};
pub use govern::GovernQueue;
pub use inspect::{Cursor, Depth, InspectJobs, Inspected, JobFilter, LivingWorker, Load, Page};
pub use lease::{Beat, KeepLease, QueueBeat, WorkerInfo};
pub use maintain::{
    BeatNumber, HeldClaim, MaintainQueue, Promoted, Rescue, RescueVerdict, Retention, RunningPage,
};
pub use notify::{Listen, Notice};
pub use record::{MAX_STEP_BYTES, MAX_STEPS, RecordWork, Records, StepAnswer};
pub use settle::{Fenced, Report, SettleJobs, Settled, Settlement, Verdict};
pub use steer::{CancelAnswer, DeleteAnswer, Redrive, RedriveAnswer, ReprioritizeAnswer, SteerJobs};

/// A keeper of jobs: Redis, or the embedded one.
///
/// Every answer of a batch is in the order of what was asked. A call that fails with
/// [`EngineError::Unavailable`] may have been applied; each one can be repeated without harm.
#[async_trait]
pub trait Engine:
    EnqueueJobs
    + ClaimJobs
    + SettleJobs
    + RecordWork
    + KeepBatches
    + MaintainQueue
    + SteerJobs
    + GovernQueue
    + InspectJobs
    + TellEvents
    + Debug
    + Send
    + Sync
    + 'static
{
    /// What this engine is called, in messages and metrics.
    fn name(&self) -> &'static str;

    /// Whether the engine answers.
    async fn ping(&self) -> Result<(), EngineError>;

    /// The number of the queue, given to it now if it is new. It stays with the queue for ever.
    async fn queue_number(&self, queue: &QueueName) -> Result<QueueNumber, EngineError>;

    /// The queues that exist, by name.
    async fn queues(&self) -> Result<Vec<QueueName>, EngineError>;

    /// A way to renew leases that shares nothing with this engine's other calls, so that no amount of work
    /// delays a renewal. It belongs to the runtime that it is opened on.
    async fn lease_keeper(&self) -> Result<Box<dyn KeepLease>, EngineError>;

    /// A way for `worker` to hear of work and cancellations in `queue`.
    async fn listener(
        &self,
        worker: windlass_shared::Incarnation,
        queue: &QueueName,
    ) -> Result<Box<dyn Listen>, EngineError>;
}
