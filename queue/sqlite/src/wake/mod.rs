//! Wake-ups and orders, across tasks and processes.
//!
//! Each listener binds a datagram socket of its own beside the database before its worker claims; whoever commits
//! something for an armed worker sends it a datagram. The socket buffers, so nothing is lost between a claim and
//! the next look, and nobody polls.

#[cfg(not(unix))]
mod polling;
#[cfg(unix)]
mod socket;
#[cfg(unix)]
mod wire;

use windlass_queue::Notice;
use windlass_shared::{Incarnation, QueueNumber};

#[cfg(not(unix))]
pub(crate) use polling::Waker;
#[cfg(unix)]
pub(crate) use socket::Waker;

/// Something to tell a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signal {
    /// In which of its queues.
    pub(crate) queue: QueueNumber,
    /// Whom.
    pub(crate) worker: Incarnation,
    /// What.
    pub(crate) notice: Notice,
}
