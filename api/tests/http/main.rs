//! The HTTP face over the real embedded engine.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

mod auth;
mod bad_input;
mod batch;
mod batches;
mod bulk;
mod health;
mod jobs;
mod listing;
mod options;
mod queues;
mod rules;
mod serving;
mod steering;
mod support;
mod unavailable;
mod underway;
