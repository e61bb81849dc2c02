//! What is particular to the embedded engine.

#![expect(clippy::unwrap_used, reason = "what a test did not expect is a failure")]

mod counts;
mod files;
mod leftovers;
mod rules;
mod sharing;
mod statements;
mod support;
mod waking;
