//! Jobs that are there.

mod list;
mod state;
mod steer;
mod view;

pub use list::{Cursor, JobFilter, Page};
pub use state::JobState;
pub use steer::{Steered, Why};
pub use view::{JobView, LogLine, PastError};
