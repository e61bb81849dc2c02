//! The engine-neutral core of Windlass: what a job's life is, whatever keeps it.
//!
//! - [`JobKind`], [`Handler`], [`Registry`]: a kind of job and the code that does its work;
//! - [`Catalog`], [`Client`]: what may be enqueued, and the way to do it;
//! - [`transition()`], [`judge`]: the rules, as pure functions;
//! - [`Engine`]: the contract that Redis and the embedded engine fulfil;
//! - [`Rescuer`]: who gives back what a dead worker held.
//!
//! Nothing here names an engine, and nothing here runs a job: that is the worker's part.

mod batch;
mod blobs;
mod bulk;
mod catalog;
mod client;
mod engine;
mod handler;
mod job;
mod judge;
mod kind;
mod registry;
mod rescuer;
mod rules;
mod transition;
mod unique;
mod why;

pub use batch::{Batch, MAX_BATCH_MEMBERS, NewBatch};
pub use blobs::{BlobFault, KeepBlobs, PutAside};
pub use bulk::{Bulk, BulkAction, BulkPosition, BulkStep, BulkTally};
pub use catalog::{Catalog, CheckError, Fault, InvalidKind, UnknownKind};
pub use client::{
    BatchError, Client, EnqueueError, EnqueueOptions, EnqueueRequest, EnqueuedBatch, IDEMPOTENCY_WINDOW,
    LONGEST_BACKOFF, LONGEST_UNIQUE_PERIOD, MAX_BACKOFFS, MAX_IDEMPOTENCY_KEY_BYTES, PreparedBatch,
    WaitError,
};
pub use engine::{
    Acceptance, BatchAnswer, Beat, BeatNumber, CancelAnswer, ClaimJobs, ClaimRequest, Claimed, ClaimedJob,
    Cursor, DeleteAnswer, Depth, Engine, EngineError, EnqueueJobs, Enqueued, EventPage, EventPosition,
    EventVerb, Expiry, Fenced, GovernQueue, HeldClaim, InspectJobs, Inspected, JobEvent, JobFilter,
    KeepBatches, KeepLease, Listen, LivingWorker, Load, MAX_STEP_BYTES, MAX_STEPS, MOST_EVENTS,
    MaintainQueue, NewJob, Notice, Page, Promoted, QueueBeat, Reach, RecordWork, Records, Redrive,
    RedriveAnswer, Rejection, Report, ReprioritizeAnswer, Rescue, RescueVerdict, Retention, RunningPage,
    Serves, SettleJobs, Settled, Settlement, SteerJobs, StepAnswer, Suspects, TellEvents, Verdict, When,
    WorkerInfo,
};
pub use handler::{Handler, JobContext, JobError, JobRuntime, MAX_CHILD_BYTES, MAX_CHILDREN};
pub use job::{
    AttemptError, ErrorReason, Job, LogLine, MAX_ERRORS, MAX_LOG_LINES, MAX_PAYLOAD_BYTES, MAX_TAGS,
    MAX_TEXT_BYTES, Progress, truncated,
};
pub use judge::{Outcome, judge, judge_lost, judge_overdue};
pub use kind::{Execution, JobKind, Kind};
pub use registry::{Done, ErasedHandler, Registry, RunError};
pub use rescuer::{RescueReport, Rescuer, Watch};
pub use rules::{
    InvalidRule, InvalidScope, Limit, LimitScope, Order, Parked, Pause, Paused, PolicyChange, QueuePolicy,
    Rate, RetentionChange, Rules, Scope, Setting, TenantPolicy,
};
pub use transition::{Change, Decision, Event, Place, SUSPECT_AFTER_DEATHS, Snapshot, transition};
pub use unique::{OnConflict, Resolution, Unique, UniqueBy, UniqueKey, Until};
pub use why::{MOST_AHEAD, MOST_HOLDERS, Reason, Why};
