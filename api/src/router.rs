use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use tokio_util::task::TaskTracker;
use utoipa_axum::router::OpenApiRouter;
use windlass_queue::Client;
use windlass_shared::Clock;
use windlass_store::Store;

use crate::access::{Access, AccessOptions, Answers, authenticate};
use crate::guards::CorsOrigins;
use crate::problem::{Problem, ProblemType};
use crate::{
    audit, autoscaling, batches, guards, health, history, jobs, keys, kinds, openapi, organizations, queues,
};

/// What the HTTP face stands on.
#[derive(Debug, Clone)]
pub struct Api {
    /// Puts jobs on queues and finds them again.
    pub client: Client,
    /// Keeps API keys, organizations, the audit log, answers to repeated requests.
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Who may, and how much.
    pub access: AccessOptions,
    /// The web pages that may ask from a browser.
    pub cors: CorsOrigins,
}

/// What every endpoint stands on. Each request takes a clone, so that it is one for all of them.
#[derive(Debug, Clone)]
pub(crate) struct Floor(Arc<Ground>);

/// What there is on the floor.
#[derive(Debug)]
pub(crate) struct Ground {
    /// Puts jobs on queues and finds them again.
    pub(crate) client: Client,
    /// Who may.
    pub(crate) access: Arc<Access>,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    /// What was answered to requests that may be repeated.
    pub(crate) answers: Answers,
    /// What goes on after its request.
    pub(crate) tasks: TaskTracker,
}

/// Every endpoint, for those who serve it by themselves. A batch goes on being enqueued after its caller hung up; only
/// [`serve`](crate::serve) waits for that before it ends.
pub fn router(api: Api) -> Router {
    let (floor, cors) = api.into_floor(TaskTracker::new());
    routes(floor, cors)
}

impl Deref for Floor {
    type Target = Ground;

    fn deref(&self) -> &Ground {
        &self.0
    }
}

impl Api {
    /// What its endpoints stand on. What goes on after its request is among these tasks.
    pub(crate) fn into_floor(self, tasks: TaskTracker) -> (Floor, CorsOrigins) {
        let Self { client, store, clock, access, cors } = self;
        let access = Arc::new(Access::new(access, store.clone(), Arc::clone(&clock), tasks.clone()));
        let answers = Answers::new(store.clone(), Arc::clone(&clock));
        let ground = Ground { client, access, store, clock, answers, tasks };
        (Floor(Arc::new(ground)), cors)
    }
}

/// Every endpoint.
pub(crate) fn routes(floor: Floor, cors: CorsOrigins) -> Router {
    let described = OpenApiRouter::new().nest("/api/v1", version_1(&floor)).merge(health::routes());
    let (routes, paths) = described.split_for_parts();
    let routes = routes
        .merge(openapi::routes(paths, floor.client.catalog()))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .with_state(floor);
    guards::around(routes, cors)
}

fn version_1(floor: &Floor) -> OpenApiRouter<Floor> {
    OpenApiRouter::new()
        .merge(jobs::routes())
        .merge(batches::routes())
        .merge(queues::routes())
        .merge(autoscaling::routes())
        .merge(history::routes())
        .merge(kinds::routes())
        .merge(keys::routes())
        .merge(organizations::routes())
        .merge(audit::routes())
        .route_layer(from_fn_with_state(Arc::clone(&floor.access), authenticate))
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
