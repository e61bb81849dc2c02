//! The HTTP face over the real embedded engine.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

mod auth;
mod bad_input;
mod batch;
mod health;
mod jobs;
mod serving;
mod support;
mod unavailable;
