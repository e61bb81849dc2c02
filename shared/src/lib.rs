//! The vocabulary of Windlass: the words that every other crate speaks.
//!
//! Ids, names, states, priorities, instants and back-off curves. Nothing here does I/O, waits, reads the
//! environment or knows an engine, so that any crate may depend on it and any rule in it can be tested by
//! calling a function.
//!
//! ```
//! use windlass_shared::{JobId, QueueNumber, Timestamp};
//!
//! let id = JobId::new(Timestamp::from_millis(1_700_000_000_000), QueueNumber::new(7), 42);
//! assert_eq!(id.queue(), QueueNumber::new(7));
//! assert_eq!(id.to_string().parse::<JobId>()?, id);
//! # Ok::<(), windlass_shared::InvalidJobId>(())
//! ```

mod backoff;
mod batch_id;
mod claim;
mod clock;
mod entropy;
mod job_id;
mod name;
mod number;
mod state;
mod timestamp;

pub use backoff::Backoff;
pub use batch_id::{BatchId, InvalidBatchId};
pub use claim::{Claim, ClaimNumber, Incarnation, InvalidIncarnation, LeaseToken};
pub use clock::{Clock, ManualClock, SystemClock};
pub use entropy::Entropy;
pub use job_id::{InvalidJobId, JobId};
pub use name::{InvalidName, KindName, LimitKey, QueueName, StepName, Tag, TenantId};
pub use number::{InvalidNumber, MaxAttempts, Percent, Priority, QueueNumber};
pub use state::{JobState, UnknownState};
pub use timestamp::{InvalidTimestamp, Timestamp};
