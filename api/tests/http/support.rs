//! An API on an engine of its own, asked without a network between.

use std::num::NonZeroUsize;
use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use windlass_api::{Api, ApiKeys, router};
use windlass_jobs::operations::BulkJobs;
use windlass_queue::{
    Catalog, ClaimJobs, ClaimRequest, ClaimedJob, Client, Engine, InspectJobs, JobFilter, JobKind, Serves,
    SettleJobs, Settlement, Suspects, Verdict,
};
use windlass_redis::{RedisEngine, RedisOptions};
use windlass_shared::{Entropy, Incarnation, SystemClock};
use windlass_sqlite::SqliteEngine;

pub(crate) const KEY: &str = "a-key-for-these-tests";

/// The kind that these tests enqueue.
#[derive(Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Greet {
    pub(crate) name: String,
    pub(crate) nested: Option<Value>,
}

impl JobKind for Greet {
    const NAME: &'static str = "greeting.send";
    const QUEUE: &'static str = "greetings";
    const SUMMARY: &'static str = "Greets somebody.";
    const RETRIES: u16 = 2;
    type Output = String;
}

/// A kind without arguments, on another queue.
#[derive(Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

impl JobKind for Nothing {
    const NAME: &'static str = "nothing.do";
    type Output = ();
}

/// An API with everything behind it.
pub(crate) struct House {
    pub(crate) engine: Arc<SqliteEngine>,
    pub(crate) client: Client,
    door: Door,
    folder: TempDir,
}

impl House {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = SqliteEngine::open(folder.path().join("queue.db"), Arc::new(SystemClock)).unwrap();
        let engine = Arc::new(engine);
        let client = client(Arc::clone(&engine) as Arc<dyn Engine>);
        Self { engine, door: Door::of(client.clone()), client, folder }
    }

    /// Keeps the engine from writing until what this answers is dropped.
    pub(crate) fn held_up(&self) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.folder.path().join("queue.db")).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        connection
    }

    /// Enqueues a job and answers its id.
    pub(crate) async fn enqueued(&self, job: Value) -> String {
        let answer = self.post("/api/v1/jobs", job).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// The next job of the queue `greetings`, in the hands of a worker.
    pub(crate) async fn claimed(&self) -> ClaimedJob {
        let claim = ClaimRequest {
            worker: Incarnation::draw(&Entropy::seeded(1)),
            queue: "greetings".parse().unwrap(),
            most: NonZeroUsize::MIN,
            suspects: Suspects::Leave,
            serves: Serves::Every,
        };
        self.engine.claim(&claim).await.unwrap().jobs.remove(0)
    }

    /// Does the next job of the queue `greetings`.
    pub(crate) async fn completed(&self) {
        let claim = self.claimed().await.claim;
        let verdict = Verdict::Complete { result: None, children: Vec::new() };
        self.engine.settle(&[Settlement { claim, tenant: None, verdict }]).await.unwrap();
    }

    /// How many jobs the engine holds, whatever their state.
    pub(crate) async fn jobs(&self) -> usize {
        let mut count = 0;
        let mut after = None;
        loop {
            let page = self.engine.list(&JobFilter::default(), after.as_ref(), 1_000).await.unwrap();
            count += page.jobs.len();
            let Some(next) = page.next else { return count };
            after = Some(next);
        }
    }
}

impl Deref for House {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.door
    }
}

/// Where an API is asked.
pub(crate) struct Door {
    api: Api,
    router: Router,
}

impl Door {
    /// The door of an API whose engine is a Redis that is not there.
    pub(crate) fn of_nobody() -> Self {
        // A port that was just free and is given back: nothing listens there.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let options = RedisOptions::from_url(&format!("redis://127.0.0.1:{port}")).unwrap();
        Self::of(client(Arc::new(RedisEngine::new(options))))
    }

    fn of(client: Client) -> Self {
        let api = Api { client, keys: ApiKeys::new([KEY.into()]).unwrap() };
        Self { router: router(api.clone()), api }
    }

    /// The API itself, to be served.
    pub(crate) fn api(&self) -> Api {
        self.api.clone()
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Asks with the key.
    pub(crate) async fn ask(&self, ask: Ask) -> Answer {
        self.ask_as(Some(&format!("Bearer {KEY}")), ask).await
    }

    /// Asks with this `Authorization`.
    pub(crate) async fn ask_as(&self, authorization: Option<&str>, ask: Ask) -> Answer {
        let mut request = Request::builder().method(ask.method).uri(ask.path);
        let authorization = authorization.map(|value| ("authorization", value));
        for (name, value) in authorization.into_iter().chain(ask.headers) {
            request = request.header(name, value);
        }
        let response = self.router().oneshot(request.body(ask.body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 10 << 20).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn post(&self, path: &str, body: impl ToString) -> Answer {
        self.ask(Ask::post(path, body.to_string()).with("content-type", "application/json")).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: impl ToString) -> Answer {
        self.ask(Ask::post(path, body.to_string()).method(method)).await
    }

    /// Asks without a body.
    pub(crate) async fn order(&self, method: Method, path: &str) -> Answer {
        self.ask(Ask::get(path).method(method)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Ask::get(path)).await
    }
}

/// A greeting for Ada with these changes.
pub(crate) fn greet(changes: Value) -> Value {
    let mut job = json!({"kind": "greeting.send", "args": {"name": "Ada"}});
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    job.as_object_mut().unwrap().extend(changes);
    job
}

fn client(engine: Arc<dyn Engine>) -> Client {
    let mut catalog = Catalog::new();
    catalog.add::<Greet>().unwrap();
    catalog.add::<Nothing>().unwrap();
    catalog.add::<BulkJobs>().unwrap();
    Client::new(engine, Arc::new(catalog), Arc::new(SystemClock))
}

/// A request in the making.
pub(crate) struct Ask {
    method: Method,
    path: String,
    headers: Vec<(&'static str, &'static str)>,
    body: Body,
}

impl Ask {
    pub(crate) fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.to_owned(), headers: Vec::new(), body: Body::empty() }
    }

    pub(crate) fn post(path: &str, body: impl Into<Body>) -> Self {
        Self { method: Method::POST, body: body.into(), ..Self::get(path) }
    }

    pub(crate) fn method(self, method: Method) -> Self {
        Self { method, ..self }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that this is an answer of that status, and returns its body.
    #[track_caller]
    pub(crate) fn body(&self, status: u16) -> &Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        &self.body
    }

    /// Checks that this is a complete problem of that status and type, and returns its body.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, name: &str) -> &Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.body["type"], format!("urn:windlass:problem:{name}"), "{self:?}");
        assert_eq!(self.body["status"], status, "{self:?}");
        assert!(self.body["title"].is_string() && self.body["detail"].is_string(), "{self:?}");
        assert!(!self.header("x-request-id").is_empty(), "{self:?}");
        &self.body
    }
}
