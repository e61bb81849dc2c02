//! Jobs: enqueued one by one or in batches, and looked at.

mod accepted;
mod batch;
mod idempotency;
mod one;
mod posted;
mod read;
mod view;

pub(crate) use batch::post_batch;
pub(crate) use one::post_job;
pub(crate) use read::get_job;
pub use view::JobView;
