//! What stands around every request, whatever it asks for.

mod cors;
mod deadline;
mod headers;
mod limits;
mod panics;
mod request_id;

pub use cors::{CorsOrigins, InvalidOrigin};
pub(crate) use deadline::Underway;
pub(crate) use request_id::RequestId;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use windlass_shared::Entropy;

/// Below this many bytes an answer fits into a packet anyway.
const WORTH_COMPRESSING: u16 = 1_024;

/// Puts the guards around `routes`: the last one added is the first one that a request meets.
pub(crate) fn around(routes: Router, origins: CorsOrigins) -> Router {
    let worth_it = SizeAbove::new(WORTH_COMPRESSING)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::const_new("text/event-stream"));
    let guarded = routes
        .layer(from_fn(deadline::enforce))
        .layer(from_fn(panics::contain))
        .layer(from_fn(limits::enforce))
        .layer(CompressionLayer::new().compress_when(worth_it))
        .layer(map_response(headers::complete));
    let guarded = match origins.layer() {
        Some(cors) => guarded.layer(cors),
        None => guarded,
    };
    guarded.layer(from_fn_with_state(Arc::new(Entropy::from_system()), request_id::mark))
}
