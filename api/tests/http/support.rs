//! An API on an engine of its own, asked without a network between.

use std::num::NonZeroUsize;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tower::ServiceExt;
use windlass_api::{AccessOptions, Api, ApiKeys, CorsOrigins, router};
use windlass_jobs::operations::BulkJobs;
use windlass_queue::{
    Catalog, ClaimJobs, ClaimRequest, ClaimedJob, Client, Engine, InspectJobs, JobFilter, Serves, SettleJobs,
    Settlement, Suspects, Verdict,
};
use windlass_redis::{RedisEngine, RedisOptions};
use windlass_relay::JobBlobs;
use windlass_shared::{Clock, Entropy, Incarnation, SystemClock};
use windlass_sqlite::SqliteEngine;
use windlass_store::blobs::{Blobs, BlobsOptions};
use windlass_store::{Store, StoreOptions};

pub(crate) use crate::ask::{Answer, Ask};
pub(crate) use crate::kinds::{Greet, Nothing};
use crate::{conformity, database};

pub(crate) const KEY: &str = "a-key-for-these-tests";

/// An API with everything behind it.
pub(crate) struct House {
    pub(crate) engine: Arc<SqliteEngine>,
    pub(crate) client: Client,
    door: Door,
    folder: TempDir,
}

impl House {
    /// Asked by the operator, who reaches every organization.
    pub(crate) fn new() -> Self {
        Self::asked_within(None)
    }

    /// Asked by the operator, who keeps within one organization.
    pub(crate) fn within(organization: &'static str) -> Self {
        Self::asked_within(Some(organization))
    }

    fn asked_within(organization: Option<&'static str>) -> Self {
        let house =
            Self::with(AccessOptions::new(ApiKeys::new([KEY.into()]).unwrap()), Arc::new(SystemClock));
        Self { door: Door { organization, ..house.door }, ..house }
    }

    /// One that lets others in, at another time.
    pub(crate) fn with(access: AccessOptions, clock: Arc<dyn Clock>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = SqliteEngine::open(folder.path().join("queue.db"), Arc::new(SystemClock)).unwrap();
        let engine = Arc::new(engine);
        let client = client(Arc::clone(&engine) as Arc<dyn Engine>);
        let door = Door::with(client.clone(), access, clock);
        Self { engine, client, door, folder }
    }

    /// One with a place for large values.
    pub(crate) fn with_large_values() -> Self {
        let house = Self::new();
        let blobs = Blobs::open(&BlobsOptions::Folder(house.blobs())).unwrap();
        let client = house.client.clone().with_blobs(Arc::new(JobBlobs::new(blobs)));
        let access = AccessOptions::new(ApiKeys::new([KEY.into()]).unwrap());
        Self { door: Door::with(client.clone(), access, Arc::new(SystemClock)), client, ..house }
    }

    /// Where large values are.
    pub(crate) fn blobs(&self) -> PathBuf {
        self.folder.path().join("blobs")
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
    /// The organization that asking with the key keeps within.
    organization: Option<&'static str>,
    /// Whether the store has its tables, which it gets when it is first needed.
    migrated: Arc<OnceCell<()>>,
    folder: Arc<TempDir>,
}

impl Door {
    /// The door of an API whose engine is a Redis that is not there.
    pub(crate) fn of_nobody() -> Self {
        // A port that was just free and is given back: nothing listens there.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let options = RedisOptions::from_url(&format!("redis://127.0.0.1:{port}")).unwrap();
        Self::of(client(Arc::new(RedisEngine::new(options))))
    }

    /// The same, with other kinds of job.
    pub(crate) fn of_nobody_with(catalog: Arc<Catalog>) -> Self {
        let Api { client, .. } = Self::of_nobody().api;
        Self::of(Client::new(Arc::clone(client.engine()), catalog, Arc::new(SystemClock)))
    }

    fn of(client: Client) -> Self {
        let access = AccessOptions::new(ApiKeys::new([KEY.into()]).unwrap());
        Self::with(client, access, Arc::new(SystemClock))
    }

    fn with(client: Client, access: AccessOptions, clock: Arc<dyn Clock>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::connect(StoreOptions::new(database::of(folder.path()), "a secret for these tests".into()));
        let api = Api { client, store, clock, access, cors: CorsOrigins::default() };
        let router = router(api.clone());
        Self { api, router, organization: None, migrated: Arc::default(), folder: Arc::new(folder) }
    }

    /// The store, with its tables.
    pub(crate) async fn store(&self) -> &Store {
        let Self { api, migrated, .. } = self;
        let make = async || {
            database::make(api.store.database()).await;
            drop(api.store.migrate().await.unwrap());
        };
        migrated.get_or_init(make).await;
        &api.store
    }

    /// Changes the store behind the back of the API.
    pub(crate) async fn tamper(&self, sql: &str) {
        database::tamper(self.store().await.database(), sql).await;
    }

    /// The same API, open to these web pages.
    pub(crate) fn open_to(&self, cors: CorsOrigins) -> Self {
        let api = Api { cors, ..self.api() };
        let router = router(api.clone());
        let (migrated, folder) = (Arc::clone(&self.migrated), Arc::clone(&self.folder));
        Self { api, router, organization: None, migrated, folder }
    }

    /// The API itself, to be served.
    pub(crate) fn api(&self) -> Api {
        self.api.clone()
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Asks with the key.
    pub(crate) async fn ask(&self, mut ask: Ask) -> Answer {
        ask.headers.extend(self.organization.map(|organization| ("windlass-organization", organization)));
        self.ask_as(Some(&format!("Bearer {KEY}")), ask).await
    }

    /// Asks with this `Authorization`.
    pub(crate) async fn ask_as(&self, authorization: Option<&str>, ask: Ask) -> Answer {
        self.store().await;
        let mut request = Request::builder().method(&ask.method).uri(&ask.path);
        if let Some(address) = ask.from {
            request = request.extension(ConnectInfo(address));
        }
        let authorization = authorization.map(|value| ("authorization", value));
        for (name, value) in authorization.into_iter().chain(ask.headers) {
            request = request.header(name, value);
        }
        let response = self.router().oneshot(request.body(ask.body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 10 << 20).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        conformity::check(self.router(), &ask.method, &ask.path, &answer).await;
        answer
    }

    /// Asks with this key or token.
    pub(crate) async fn ask_with(&self, credential: &str, ask: Ask) -> Answer {
        self.ask_as(Some(&format!("Bearer {credential}")), ask).await
    }

    /// Makes an organization.
    pub(crate) async fn make_organization(&self, id: &str) {
        self.post("/api/v1/organizations", json!({"id": id, "name": id})).await.body(201);
    }

    /// Makes an API key, and answers its text.
    pub(crate) async fn make_key(&self, key: Value) -> String {
        let answer = self.post("/api/v1/keys", key).await;
        answer.body(201)["key"].as_str().unwrap().to_owned()
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
