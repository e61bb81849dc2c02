//! The shapes of what is not this crate's own: of ids, names, instants, and of what engines answer.
//!
//! The core does not know that it is described here, so nothing but the tests holds these to it: every answer that a test
//! gets is checked against the document.
#![expect(dead_code, reason = "only the shapes count; nothing is ever made of them")]

mod choices;
mod lists;
mod queue;
mod reason;
mod texts;

pub(crate) use choices::{Acceptance, BulkVerb, ErrorReason, JobState, OnConflict, Order};
pub(crate) use lists::{Batch, PostedJobs};
pub(crate) use queue::{Depth, Limit, LimitInForce, LivingWorker, Parked, Paused};
pub(crate) use reason::Reason;
pub(crate) use texts::{
    AuditId, BatchId, Cursor, JobId, KeyId, KindName, LimitKey, LimitScope, MaxAttempts, Priority, QueueName,
    Scope, StepName, Tag, TenantId, Timestamp,
};
