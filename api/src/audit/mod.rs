//! The audit log: who did what to what.

mod list;
mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::router::Floor;
pub use view::AuditEntryView;

/// What can be asked about the audit log.
pub(crate) fn routes() -> OpenApiRouter<Floor> {
    OpenApiRouter::new().routes(routes!(list::list_audit))
}
