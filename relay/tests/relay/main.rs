//! The relay between a real engine and a real database: the embedded ones. `tests/` has the others, and kills.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod archive;
mod blobs;
mod gaps;
mod outbox;
mod recording;
mod support;
mod sweeping;
