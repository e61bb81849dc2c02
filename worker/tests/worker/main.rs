//! The worker against a real engine.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say where")]

mod bench;
mod faults;
mod jobs;
mod limits;
mod maintenance;
mod shutdown;
mod tap;
