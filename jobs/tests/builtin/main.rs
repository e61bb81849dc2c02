//! The built-in kinds, run as a worker runs them.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

mod diagnostic;
mod email;
mod support;
