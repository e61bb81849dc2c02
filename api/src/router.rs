use axum::Router;
use axum::extract::{FromRef, Request};
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};
use tokio_util::task::TaskTracker;
use windlass_queue::Client;

use crate::keys::ApiKeys;
use crate::problem::{Problem, ProblemType};
use crate::{auth, batches, guards, health, jobs, kinds, queues};

/// What the HTTP face stands on.
#[derive(Debug, Clone)]
pub struct Api {
    /// Puts jobs on queues and finds them again.
    pub client: Client,
    /// Who may.
    pub keys: ApiKeys,
}

/// What every endpoint stands on.
#[derive(Debug, Clone)]
pub(crate) struct Floor {
    /// Puts jobs on queues and finds them again.
    pub(crate) client: Client,
    /// What goes on after its request.
    pub(crate) tasks: TaskTracker,
}

/// Every endpoint, for those who serve it by themselves. A batch goes on being enqueued after its caller hung up; only
/// [`serve`](crate::serve) waits for that before it ends.
pub fn router(api: Api) -> Router {
    tracked(api, TaskTracker::new())
}

/// Every endpoint. What goes on after its request is among these tasks.
pub(crate) fn tracked(api: Api, tasks: TaskTracker) -> Router {
    let Api { client, keys } = api;
    let routes = Router::new()
        .nest("/api/v1", version_1(keys))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .with_state(Floor { client, tasks });
    guards::around(routes)
}

fn version_1(keys: ApiKeys) -> Router<Floor> {
    Router::new()
        .route("/jobs", get(jobs::list_jobs).post(jobs::post_job))
        .route("/jobs/batch", post(jobs::post_batch))
        .route("/jobs/bulk", post(jobs::post_bulk))
        .route("/jobs/{id}", get(jobs::get_job).patch(jobs::change).delete(jobs::delete))
        .route("/jobs/{id}/cancel", post(jobs::cancel))
        .route("/jobs/{id}/retry", post(jobs::retry))
        .route("/jobs/{id}/why", get(jobs::get_why))
        .route("/batches", post(batches::post_batch))
        .route("/batches/{id}", get(batches::get_batch))
        .route("/queues", get(queues::list_queues))
        .route("/queues/{queue}", get(queues::get_queue).patch(queues::patch_queue))
        .route("/queues/{queue}/pause", post(queues::pause))
        .route("/queues/{queue}/resume", post(queues::resume))
        .route("/queues/{queue}/drain", post(queues::drain))
        .route("/queues/{queue}/undrain", post(queues::undrain))
        .route("/queues/{queue}/limits/{scope}", put(queues::put_limit).delete(queues::remove_limit))
        .route("/queues/{queue}/tenants/{tenant}", put(queues::put_tenant).delete(queues::remove_tenant))
        .route("/queues/{queue}/workers", get(queues::list_workers))
        .route("/kinds", get(kinds::list))
        .route_layer(from_fn_with_state(keys, auth::require_key))
}

impl FromRef<Floor> for Client {
    fn from_ref(floor: &Floor) -> Self {
        floor.client.clone()
    }
}

async fn unknown_route(request: Request) -> Problem {
    let detail = format!("Nothing is found at {}.", shown(request.uri().path()));
    Problem::new(ProblemType::NotFound, detail)
}

async fn wrong_method(method: Method, request: Request) -> Problem {
    let detail = format!("{method} does nothing at {}.", shown(request.uri().path()));
    Problem::new(ProblemType::MethodNotAllowed, detail)
}

/// As much of a path as is worth repeating.
fn shown(path: &str) -> &str {
    windlass_queue::truncated(path, 200)
}
