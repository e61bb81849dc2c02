//! What an autoscaler asks: how much waits, and how many workers that is worth.
//!
//! What is told costs the same however many jobs wait, so it can be asked every few seconds.

mod figures;
mod pace;
mod read;

use std::sync::Arc;

use axum::Extension;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::router::Floor;

/// What autoscalers can ask.
pub(crate) fn routes() -> OpenApiRouter<Floor> {
    OpenApiRouter::new()
        .routes(routes!(read::all))
        .routes(routes!(read::one))
        .route_layer(Extension(Arc::new(pace::Paces::default())))
}
