//! The client and a real `windlass dev`, with a proxy between them that loses answers.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

mod enqueueing;
mod faults;
mod jobs;
mod proxy;
mod server;
mod waiting;
