//! The worker's lease: how it is timed, renewed and lost.

mod clock;
mod discrepancy;
mod heartbeat;
mod memory;
mod thread;

pub use clock::{InvalidLeaseTiming, LeaseTiming};
pub(crate) use clock::{LeaseClock, Standing};
pub(crate) use discrepancy::{Discrepancy, Finding};
pub(crate) use heartbeat::Heartbeat;
pub(crate) use thread::{Farewell, HeartbeatThread};
