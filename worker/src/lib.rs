//! The runtime that claims, runs and settles jobs.
//!
//! A [`Worker`] serves queues of any engine with the handlers of a registry. In each queue one loop claims, one
//! runs, one settles, one listens; one heartbeat, on a thread of its own, keeps the lease under which all of it
//! happens. What must hold:
//!
//! - claimed means started: a claim takes at most the free slots, and a slot is free once its job is settled;
//! - no part ends because the engine is away: each waits, at growing intervals, and goes on by itself;
//! - handlers are stopped before a lease that cannot be renewed ends;
//! - a handler that panics, blocks or ignores its time harms no other.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use windlass_worker::{Clock, Engine, Registry, SystemClock, Worker};
//! # async fn example(engine: Arc<dyn Engine>, registry: Registry) -> Result<(), windlass_worker::StartError> {
//! let worker = Worker::builder(engine, Arc::new(registry), Arc::new(SystemClock)).start()?;
//! // … until the process is told to end:
//! worker.drain();
//! let report = worker.join().await;
//! assert_eq!(report.unsettled, 0);
//! # Ok(())
//! # }
//! ```
//!
//! Only the module `apalis` names apalis-core, whose worker loop runs the jobs.

mod builder;
mod running;
mod start;

mod apalis;
mod claimer;
mod executor;
mod lease;
mod listener;
mod maintenance;
mod reconcile;
mod reports;
mod settler;
mod shutdown;
mod suspicion;

mod core;
mod crew;
mod gate;
mod holdings;
mod outage;
mod starting;
mod tasks;

pub use builder::{Worker, WorkerBuilder};
pub use lease::{InvalidLeaseTiming, LeaseTiming};
pub use running::{Control, Fault, RunningWorker, ShutdownReport};
pub use start::StartError;

// What whoever writes a job needs besides, so that one `use` brings it.
pub use async_trait::async_trait;
pub use windlass_queue::{
    Catalog, Client, Engine, EnqueueOptions, Execution, Handler, Job, JobContext, JobError, JobKind,
    Registry, Scope,
};
pub use windlass_shared::{Backoff, Clock, JobId, SystemClock};
