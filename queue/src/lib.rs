//! The engine-neutral core of Windlass: what a job's life is, whatever keeps it.
//!
//! - [`JobKind`], [`Handler`], [`Registry`]: a kind of job and the code that does its work;
//! - [`Catalog`], [`Client`]: what may be enqueued, and the way to do it;
//! - [`transition()`], [`judge`]: the rules, as pure functions;
//! - [`Engine`]: the contract that Redis and the embedded engine fulfil;
//! - [`Rescuer`]: who gives back what a dead worker held.
//!
//! Nothing here names an engine, and nothing here runs a job: that is the worker's part.

mod catalog;
mod client;
mod engine;
mod handler;
mod job;
mod judge;
mod kind;
mod registry;
mod rescuer;
mod transition;

pub use catalog::{Catalog, CheckError, Fault, InvalidKind, UnknownKind};
pub use client::{
    Client, EnqueueError, EnqueueOptions, EnqueueRequest, IDEMPOTENCY_WINDOW, MAX_IDEMPOTENCY_KEY_BYTES,
};
pub use engine::{
    Beat, BeatNumber, CancelAnswer, ClaimJobs, ClaimRequest, Claimed, ClaimedJob, Cursor, Depth, Engine,
    EngineError, EnqueueJobs, Enqueued, Fenced, HeldClaim, InspectJobs, Inspected, JobFilter, KeepLease,
    Listen, MaintainQueue, NewJob, Notice, Page, Promoted, QueueBeat, Reach, Report, Rescue, RescueVerdict,
    Retention, RunningPage, SettleJobs, Settled, Settlement, SteerJobs, Suspects, Verdict, When, WorkerInfo,
};
pub use handler::{Handler, JobContext, JobError, Reporter};
pub use job::{
    AttemptError, ErrorReason, Job, LogLine, MAX_ERRORS, MAX_LOG_LINES, MAX_PAYLOAD_BYTES, MAX_TAGS,
    MAX_TEXT_BYTES, Progress, truncated,
};
pub use judge::{Outcome, judge, judge_lost, judge_overdue};
pub use kind::{Execution, JobKind, Kind};
pub use registry::{ErasedHandler, Registry, RunError};
pub use rescuer::{RescueReport, Rescuer, Watch};
pub use transition::{Change, Decision, Event, Place, SUSPECT_AFTER_DEATHS, Snapshot, transition};
