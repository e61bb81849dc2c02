//! Queues: what is in them, what holds for them, and who works for them.

mod limits;
mod list;
mod pauses;
mod policy;
mod tenants;
mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use view::QueueView;

use crate::router::Floor;

/// What can be asked about queues.
pub(crate) fn routes() -> OpenApiRouter<Floor> {
    OpenApiRouter::new()
        .routes(routes!(list::list_queues))
        .routes(routes!(list::get_queue, policy::patch_queue))
        .routes(routes!(pauses::pause))
        .routes(routes!(pauses::resume))
        .routes(routes!(policy::drain))
        .routes(routes!(policy::undrain))
        .routes(routes!(limits::put_limit, limits::remove_limit))
        .routes(routes!(tenants::put_tenant, tenants::remove_tenant))
        .routes(routes!(list::list_workers))
}

/// How large the body of a rule may be.
const LIMIT: usize = 16 << 10;
