//! Between the queue and the database: what has happened to jobs goes into the history, and what applications have written
//! into the outbox goes to the queue.
//!
//! Both directions are safe to repeat, so any number of processes may run them, and any of them may die anywhere:
//!
//! - The [`Recorder`] follows the events that an engine tells. How far it has come moves in the same transaction as the
//!   rows. What the engine had to drop, because nobody read it for too long, is counted and made up for from the jobs
//!   that the engine still holds.
//! - The [`OutboxRelay`] enqueues each row under an id that follows from the row's, and removes the row when the queue has
//!   answered.
//! - The [`Sweeper`] removes large values of jobs that neither the engine nor the history knows any more. Whoever dies between
//!   storing one and enqueueing its job leaves nothing else behind.
//!
//! [`Relay::start`] runs them all.

mod archive;
mod blobs;
mod error;
mod outage;
mod outbox;
mod policy;
mod progress;
mod recorder;
mod service;
mod sweeper;

pub use archive::{Archive, ArchiveCursor, ArchiveFilter, ArchivePage, Found, MayBeShown, Source};
pub use blobs::JobBlobs;
pub use error::RelayError;
pub use outbox::{OutboxRelay, ReadOutbox, RelayReport};
pub use policy::{HistoryPolicies, HistoryPolicy, UnknownPolicy};
pub use progress::{QueueProgress, progress};
pub use recorder::{Payloads, RecordReport, Recorder};
pub use service::{Relay, RelayOptions, RunningRelay};
pub use sweeper::{SweepReport, Sweeper};
