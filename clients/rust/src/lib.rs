#![doc = include_str!("../README.md")]

mod client;
mod error;

mod batches;
mod enqueue;
mod follow;
mod http;
mod id;
mod jobs;

pub use batches::{BatchView, EnqueuedBatch, NewBatch};
pub use client::{Client, ClientBuilder};
pub use enqueue::{
    Acceptance, Backoff, Enqueued, Expiry, IdempotencyKey, Job, NewJob, OnConflict, Unique, Until, When,
};
pub use error::Error;
pub use follow::{JobHandle, Progress};
pub use http::{Problem, Retries};
pub use id::{BatchId, JobId};
pub use jiff::Timestamp;
pub use jobs::{Cursor, JobFilter, JobState, JobView, LogLine, Page, PastError, Steered, Why};

/// The examples of the guide, which compile as every other example does.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/clients.md")]
mod guide {}
