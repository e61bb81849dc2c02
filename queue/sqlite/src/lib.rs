//! The embedded engine: jobs in one SQLite file, for one machine and as many processes on it as one likes.
//!
//! [`SqliteEngine`] keeps every promise of the contract in `windlass_queue`. What is particular to it:
//!
//! - **Durability**: an answer is given after the commit has reached the disk (WAL, `synchronous=FULL`). Neither a
//!   killed process nor a power failure takes back what was answered.
//! - **Group commit**: one thread writes. It takes all calls that wait into one transaction, each within a savepoint
//!   of its own, so that the price of reaching the disk is shared and the failure of one call is its own.
//! - **Several processes** share the file and take turns fairly; one that cannot write for five seconds answers
//!   [`Unavailable`](windlass_queue::EngineError::Unavailable). The file must be on a local disk.
//! - **Wake-ups** cross processes through datagram sockets in the folder `wake` beside the file. Where the system
//!   has no such sockets, listeners look again four times a second instead.
//! - **Numbers**: [`depth`](windlass_queue::InspectJobs::depth) is exact, a cancelled job included.
//! - It is never [`DownForAll`](windlass_queue::Reach::DownForAll): there is no server that could be down.
//!
//! ```
//! use std::sync::Arc;
//!
//! use windlass_queue::Engine;
//! use windlass_shared::SystemClock;
//! use windlass_sqlite::SqliteEngine;
//!
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//! let engine = SqliteEngine::open(folder.join("queue.db"), Arc::new(SystemClock))?;
//! assert_eq!(engine.name(), "sqlite");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod connection;
mod desk;
mod engine;
mod extras;
mod fault;
mod features;
#[cfg(test)]
mod full_disk;
mod govern;
mod keeper;
mod questions;
mod readers;
mod roles;
mod ruling;
mod schema;
mod stored;
mod stored_job;
mod turn;
mod turnstile;
mod verbs;
mod wake;
mod writer;

pub use engine::SqliteEngine;
