//! What changes jobs: one file a verb.

pub(crate) mod begin_alone;
pub(crate) mod bury;
pub(crate) mod cancel;
pub(crate) mod claim;
mod ending;
pub(crate) mod enqueue;
mod failure;
pub(crate) mod heartbeat;
mod lanes;
pub(crate) mod promote;
pub(crate) mod prune;
pub(crate) mod queue_number;
pub(crate) mod report;
pub(crate) mod rescue;
pub(crate) mod settle;
mod standing;
pub(crate) mod wake;
