//! The suite that every engine must pass.
//!
//! Each promise is a plain async function over a [`Bench`]: an engine, a queue of its own on it, and a clock that
//! the test moves. [`conformance!`] instantiates all of them as tests with names of their own, so an engine's test
//! file only says how its [`Subject`] comes to be:
//!
//! ```ignore
//! async fn subject() -> impl Subject {
//!     OnAServer::start().await
//! }
//!
//! windlass_conformance::conformance!(subject);
//! ```
//!
//! What the promises hold engines to is written in the contract (`windlass_queue::Engine` and its roles) and in the
//! table of `windlass_queue::transition`; nothing here knows an engine.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "everything here runs as a test: an answer that was not expected is a failure"
)]

mod bench;
mod endings;
mod history;
mod idle;
pub mod promises;
mod subject;
mod suite;
mod variants;
mod verbs;

pub use bench::Bench;
pub use subject::Subject;
pub use suite::check;
