//! Wake-ups and orders, across tasks and processes.
//!
//! Each listener binds a datagram socket of its own beside the database before its worker claims; whoever commits
//! something for an armed worker sends it a datagram. The socket buffers, so nothing is lost between a claim and
//! the next look, and nobody polls.

mod message;
#[cfg(not(unix))]
mod polling;
#[cfg(unix)]
mod socket;

pub(crate) use message::Signal;
#[cfg(not(unix))]
pub(crate) use polling::Waker;
#[cfg(unix)]
pub(crate) use socket::Waker;
