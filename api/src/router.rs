use axum::Router;
use axum::extract::{FromRef, Request};
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use windlass_queue::Client;

use crate::keys::ApiKeys;
use crate::problem::{Problem, ProblemType};
use crate::{auth, guards, health, jobs, kinds};

/// What the HTTP face stands on.
#[derive(Debug, Clone)]
pub struct Api {
    /// Puts jobs on queues and finds them again.
    pub client: Client,
    /// Who may.
    pub keys: ApiKeys,
}

/// Every endpoint, ready to be served.
pub fn router(api: Api) -> Router {
    let routes = Router::new()
        .nest("/api/v1", version_1(&api))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .with_state(api);
    guards::around(routes)
}

fn version_1(api: &Api) -> Router<Api> {
    Router::new()
        .route("/jobs", post(jobs::post_job))
        .route("/jobs/batch", post(jobs::post_batch))
        .route("/jobs/{id}", get(jobs::get_job))
        .route("/kinds", get(kinds::list))
        .route_layer(from_fn_with_state(api.keys.clone(), auth::require_key))
}

impl FromRef<Api> for Client {
    fn from_ref(api: &Api) -> Self {
        api.client.clone()
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
