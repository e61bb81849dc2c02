//! A job that is under way: how far it is, and what it results in.

mod progress;
mod wait;
mod watch;

pub use progress::Progress;
pub use wait::JobHandle;
