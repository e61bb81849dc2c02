//! What stands around every request, whatever it asks for.

mod deadline;
mod panics;
mod request_id;

pub(crate) use deadline::Underway;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use windlass_shared::Entropy;

/// Puts the guards around `routes`: the last one added is the first one that a request meets.
pub(crate) fn around(routes: Router) -> Router {
    routes
        .layer(from_fn(deadline::enforce))
        .layer(from_fn(panics::contain))
        .layer(from_fn_with_state(Arc::new(Entropy::from_system()), request_id::mark))
}
