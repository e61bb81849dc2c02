//! Batches: many jobs, one progress, and one job when all are done.

mod post;
mod read;
mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use view::BatchView;

use crate::router::Floor;

/// What can be asked about batches.
pub(crate) fn routes() -> OpenApiRouter<Floor> {
    OpenApiRouter::new().routes(routes!(post::post_batch)).routes(routes!(read::get_batch))
}
