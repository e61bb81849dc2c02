//! Batches: many jobs, one progress, and one job when all are done.

mod post;
mod read;
mod view;

pub(crate) use post::post_batch;
pub(crate) use read::get_batch;
pub use view::BatchView;
