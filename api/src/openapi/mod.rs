//! The OpenAPI document and its page.
//!
//! The document is made of the routes themselves: a route comes from `routes!`, which takes the path and the method from
//! the attribute of its handler, so there is none that the document does not know, and none in it that does not exist.

mod args;
mod document;
mod headers;
mod page;
mod refusals;
mod served;
pub(crate) mod shapes;

use axum::Router;
use axum::routing::get;
use utoipa::openapi::OpenApi;
use windlass_queue::Catalog;

pub(crate) use headers::IdempotencyHeader;

use crate::router::Floor;

/// The document about these paths and kinds, and the page that shows it.
pub(crate) fn routes(paths: OpenApi, catalog: &Catalog) -> Router<Floor> {
    let document = served::Document::of(&document::complete(paths, catalog));
    Router::new()
        .route("/openapi.json", get(served::document).with_state(document))
        .route("/docs", get(page::moved))
        .route("/docs/", get(page::index))
        .route("/docs/{file}", get(page::file))
}
