//! Jobs: enqueued one by one or in batches, looked at, and steered.

mod accepted;
mod batch;
mod bulk;
mod idempotency;
mod list;
mod one;
mod ownership;
mod posted;
mod read;
mod steer;
mod view;
mod why;

pub(crate) use accepted::Accepted;
pub(crate) use batch::{LIMIT, post_batch};
pub(crate) use bulk::post_bulk;
pub(crate) use idempotency::IdempotencyKey;
pub(crate) use list::list_jobs;
pub(crate) use one::post_job;
pub(crate) use posted::{Answer, PostedJob, PostedJobs};
pub(crate) use read::get_job;
pub(crate) use steer::{cancel, change, delete, retry};
pub use view::JobView;
pub(crate) use why::get_why;
