//! The history of jobs as a whole: how far it has come, and what is missing. What became of a single job is told with the job.

mod progress;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use progress::HistoryView;

use crate::router::Floor;

/// What can be asked about the history.
pub(crate) fn routes() -> OpenApiRouter<Floor> {
    OpenApiRouter::new().routes(routes!(progress::get_progress))
}
