//! What changes nothing: one file a question.

pub(crate) mod beats;
pub(crate) mod claims;
pub(crate) mod depth;
pub(crate) mod get;
mod groups;
pub(crate) mod list;
pub(crate) mod queues;
