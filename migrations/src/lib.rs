//! The tables of the store, and how they came to be: one file a step.
//!
//! A step that has been released is never changed: whoever has applied it would have other tables than whoever applies
//! it later. The test `immutable` holds a hash of each file's text; what has to change is a new step.
//!
//! Each step is plain SQL that says the same to PostgreSQL and SQLite, so it can be read, and tried, without knowing
//! anything of Rust. Every table, and every index, has a name that begins with `windlass_`: in production they stand in
//! the application's own database, beside tables of which we know nothing. Instants are milliseconds since the Unix
//! epoch, JSON is text.

mod ledger;
mod m0001_organizations;
mod m0002_api_keys;
mod m0003_audit;
mod m0004_job_history;
mod m0005_positions;
mod m0006_answers;
mod m0007_outbox;
mod steps;

pub use ledger::{Known, known, up};
