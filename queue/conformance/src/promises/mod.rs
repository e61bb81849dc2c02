//! What the engines promise, one module a promise and one function a sentence of it.
//!
//! [`conformance!`](crate::conformance) lists them all; a test of this crate holds the list complete.

#![expect(missing_docs, reason = "the functions' names are the sentences")]

pub mod at_least_once;
pub mod batches;
pub mod cancellation;
pub mod fencing;
pub mod histories;
pub mod idempotency;
pub mod interleaving;
pub mod interruption;
pub mod leases;
pub mod listing;
pub mod order;
pub mod poison;
pub mod queues;
pub mod reconciliation;
pub mod records;
pub mod rescue;
pub mod retention;
pub mod waking;
