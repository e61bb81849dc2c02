//! Jobs: enqueued one by one or in batches, looked at, and steered.

mod accepted;
mod batch;
mod bulk;
mod idempotency;
mod list;
mod one;
mod payload;
mod posted;
mod read;
mod runs;
mod steer;
mod view;
mod why;
mod written;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use accepted::Accepted;
pub(crate) use batch::LIMIT;
pub(crate) use idempotency::IdempotencyKey;
pub(crate) use posted::{Answer, Owner, PostedJob, PostedJobs};
pub use view::JobView;
pub use written::read_written;

use crate::router::Floor;

/// What can be asked about jobs.
pub(crate) fn routes() -> OpenApiRouter<Floor> {
    OpenApiRouter::new()
        .routes(routes!(list::list_jobs, one::post_job))
        .routes(routes!(batch::post_batch))
        .routes(routes!(bulk::post_bulk))
        .routes(routes!(read::get_job, steer::change, steer::delete))
        .routes(routes!(steer::cancel))
        .routes(routes!(steer::retry))
        .routes(routes!(payload::get_args))
        .routes(routes!(payload::get_result))
        .routes(routes!(why::get_why))
        .routes(routes!(runs::get_runs))
}
