//! What the engines promise, one module a promise and one function a sentence of it.
//!
//! [`conformance!`](crate::conformance) lists them all; a test of this crate holds the list complete.

#![expect(missing_docs, reason = "the functions' names are the sentences")]

pub mod at_least_once;
pub mod batches;
pub mod bounds;
pub mod cancellation;
pub mod children;
pub mod contention;
pub mod counting;
pub mod deleting;
pub mod events;
pub mod expiry;
pub mod fencing;
pub mod fleet;
pub mod following;
pub mod gathering;
pub mod governing;
pub mod heirs;
pub mod histories;
pub mod histories_found;
pub mod idempotency;
pub mod interleaving;
pub mod interruption;
pub mod keys;
pub mod leases;
pub mod limits;
pub mod listing;
pub mod loads;
pub mod members;
pub mod old_batches;
pub mod order;
pub mod parking;
pub mod pauses;
pub mod poison;
pub mod queues;
pub mod races;
pub mod rates;
pub mod reasons;
pub mod reconciliation;
pub mod records;
pub mod redriving;
pub mod reprioritizing;
pub mod rescue;
pub mod retention;
pub mod retries;
pub mod steps;
pub mod turns;
pub mod uniqueness;
pub mod unserved;
pub mod waking;
