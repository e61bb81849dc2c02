//! What it costs to take a request apart that enqueues: everything that the API does with it before the engine.
//!
//! Each job is refused for the last thing that is looked at (it would expire before it may start), so no engine is asked
//! and the answer, which costs some too, is a problem.
#![expect(clippy::unwrap_used, reason = "what cannot be set up cannot be measured")]

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use windlass_api::{AccessOptions, Api, ApiKeys, CorsOrigins, router};
use windlass_queue::{Catalog, Client, JobKind};
use windlass_redis::{RedisEngine, RedisOptions};
use windlass_shared::SystemClock;
use windlass_store::{Database, Store, StoreOptions};

const KEY: &str = "a-key-for-measurements";

fn main() {
    divan::main();
}

#[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Invite {
    to: String,
    event: u64,
    note: Option<String>,
}

impl JobKind for Invite {
    const NAME: &'static str = "invitation.send";
    type Output = ();
}

#[divan::bench(sample_size = 100)]
fn one_job(bencher: Bencher<'_, '_>) {
    measure(bencher, "/api/v1/jobs", &job(), 1, StatusCode::UNPROCESSABLE_ENTITY);
}

#[divan::bench]
fn a_hundred_jobs(bencher: Bencher<'_, '_>) {
    let body = json!({ "jobs": vec![job(); 100] });
    measure(bencher, "/api/v1/jobs/batch", &body, 100, StatusCode::ACCEPTED);
}

fn job() -> Value {
    json!({
        "kind": "invitation.send",
        "args": { "to": "ada@example.com", "event": 1_815, "note": "There will be cake." },
        "tags": ["cake", "mathematics"],
        "delay_ms": 2_000,
        "expires_in_ms": 1_000,
    })
}

fn measure(bencher: Bencher<'_, '_>, path: &str, body: &Value, jobs: u32, expected: StatusCode) {
    let (runtime, api) = api();
    let router = router(api);
    let body = body.to_string();
    let request = || {
        let request = Request::post(path).header("authorization", format!("Bearer {KEY}"));
        request.header("content-type", "application/json").body(Body::from(body.clone())).unwrap()
    };
    bencher
        .counter(ItemsCount::new(jobs))
        .counter(BytesCount::of_str(&body))
        .with_inputs(|| (router.clone(), request()))
        .bench_values(|(router, request)| {
            let response = runtime.block_on(router.oneshot(black_box(request))).unwrap();
            assert_eq!(response.status(), expected);
            response
        });
}

/// An API on an engine and a store that are never asked.
fn api() -> (Runtime, Api) {
    let mut catalog = Catalog::new();
    catalog.add::<Invite>().unwrap();
    let engine = RedisEngine::new(RedisOptions::from_url("redis://127.0.0.1:1").unwrap());
    let client = Client::new(Arc::new(engine), Arc::new(catalog), Arc::new(SystemClock));
    let keys = ApiKeys::new([KEY.into()]).unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let store = {
        let _within = runtime.enter();
        let database = Database::Sqlite("never-asked.db".into());
        Store::connect(StoreOptions::new(database, "never used".into()))
    };
    let (access, clock) = (AccessOptions::new(keys), Arc::new(SystemClock));
    (runtime, Api { client, store, clock, access, cors: CorsOrigins::default() })
}
