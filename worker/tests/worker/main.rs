//! The worker against a real engine.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say where")]

mod bench;
mod children;
mod client;
mod faults;
mod gathering;
mod jobs;
mod limits;
mod maintenance;
mod records;
mod shutdown;
mod stuck;
mod tap;
