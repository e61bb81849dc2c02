//! What is particular to the embedded engine.

#![expect(clippy::unwrap_used, reason = "what a test did not expect is a failure")]

mod counts;
mod files;
mod rules;
mod leftovers;
mod sharing;
mod statements;
mod support;
mod waking;
