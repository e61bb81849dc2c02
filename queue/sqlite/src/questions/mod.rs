//! What changes nothing: one file a question.

pub(crate) mod batches;
pub(crate) mod beats;
pub(crate) mod claims;
pub(crate) mod depth;
pub(crate) mod events;
pub(crate) mod get;
mod groups;
pub(crate) mod list;
pub(crate) mod load;
pub(crate) mod policy;
pub(crate) mod queues;
pub(crate) mod records;
pub(crate) mod rules;
pub(crate) mod why;
pub(crate) mod workers;
