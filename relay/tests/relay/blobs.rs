//! Values that are too large for a job to carry, from the door to the handler and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use windlass_queue::{
    BlobFault, Catalog, Client, EnqueueError, EnqueueOptions, EnqueueRequest, Handler, Job, JobContext,
    JobError, JobFilter, JobKind, KeepBlobs, MAX_PAYLOAD_BYTES, OnConflict, PutAside, RedriveAnswer,
    Registry, UniqueBy, Until,
};
use windlass_relay::JobBlobs;
use windlass_shared::{JobId, JobState, TenantId};
use windlass_store::blobs::{Blobs, BlobsOptions};
use windlass_worker::{RunningWorker, Worker};

use crate::support::House;

const PATIENCE: Duration = Duration::from_secs(20);
const LARGE: usize = 300_000;

/// Any value, which comes back as the result.
#[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct Echo(pub(crate) Value);

impl JobKind for Echo {
    const NAME: &'static str = "test.echo";
    const QUEUE: &'static str = "test";
    type Output = Value;
}

/// A text.
#[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Read {
    text: String,
}

impl JobKind for Read {
    const NAME: &'static str = "test.read";
    const QUEUE: &'static str = "test";
    type Output = usize;
}

struct Plainly;

#[async_trait]
impl Handler<Echo> for Plainly {
    async fn run(&self, args: Echo, _: &JobContext) -> Result<Value, JobError> {
        Ok(args.0)
    }
}

#[async_trait]
impl Handler<Read> for Plainly {
    async fn run(&self, args: Read, _: &JobContext) -> Result<usize, JobError> {
        Ok(args.text.len())
    }
}

/// Blobs that are away for the next so many calls.
#[derive(Debug)]
struct Away {
    blobs: JobBlobs,
    calls: AtomicU32,
}

impl Away {
    fn here(&self) -> Result<(), BlobFault> {
        let counted = self.calls.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        counted.map_or(Ok(()), |_| Err(BlobFault::Unavailable { detail: "the disk is away".to_owned() }))
    }
}

#[async_trait]
impl KeepBlobs for Away {
    fn most_bytes(&self) -> usize {
        self.blobs.most_bytes()
    }

    async fn put(&self, tenant: &TenantId, job: JobId, value: Bytes) -> Result<String, BlobFault> {
        self.here()?;
        self.blobs.put(tenant, job, value).await
    }

    async fn get(&self, tenant: &TenantId, job: JobId, reference: &str) -> Result<Option<Bytes>, BlobFault> {
        self.here()?;
        self.blobs.get(tenant, job, reference).await
    }

    async fn remove_all(&self, tenant: &TenantId, job: JobId) -> Result<(), BlobFault> {
        self.here()?;
        self.blobs.remove_all(tenant, job).await
    }
}

/// A house with a place for large values.
pub(crate) struct Stocked {
    pub(crate) house: House,
    pub(crate) blobs: Blobs,
    pub(crate) client: Client,
}

impl Stocked {
    pub(crate) async fn new() -> Self {
        let house = House::new().await;
        let blobs = Blobs::open(&BlobsOptions::Folder(house.path("blobs"))).unwrap();
        let client = client(&house).with_blobs(Arc::new(JobBlobs::new(blobs.clone())));
        Self { house, blobs, client }
    }

    fn worker(&self) -> RunningWorker {
        self.worker_with(Arc::new(JobBlobs::new(self.blobs.clone())))
    }

    fn worker_with(&self, blobs: Arc<dyn KeepBlobs>) -> RunningWorker {
        let mut registry = Registry::new();
        registry.add::<Echo>(Plainly).unwrap();
        let mut registry = registry.with_blobs(blobs);
        registry.add::<Read>(Plainly).unwrap();
        Worker::builder(Arc::clone(&self.house.engine), Arc::new(registry), House::clock()).start().unwrap()
    }

    pub(crate) async fn echo(&self, value: Value) -> JobId {
        self.client.enqueue(&Echo(value), EnqueueOptions::default()).await.unwrap().id
    }

    async fn ended(&self, job: JobId) -> Job {
        self.client.wait(job, PATIENCE).await.unwrap()
    }

    async fn whole(&self, job: &Job, value: &Bytes) -> Value {
        serde_json::from_slice(&self.client.whole(job, value).await.unwrap().unwrap()).unwrap()
    }

    async fn jobs(&self) -> usize {
        self.house.engine.list(&JobFilter::default(), None, 100).await.unwrap().jobs.len()
    }
}

fn client(house: &House) -> Client {
    let mut catalog = Catalog::new();
    catalog.add::<Echo>().unwrap();
    catalog.add::<Read>().unwrap();
    Client::new(Arc::clone(&house.engine), Arc::new(catalog), House::clock())
}

pub(crate) fn large(letter: &str) -> Value {
    json!({ "text": letter.repeat(LARGE) })
}

#[tokio::test]
async fn large_args_come_to_their_handler_as_they_were_and_a_large_result_is_found_again() {
    let stocked = Stocked::new().await;
    let worker = stocked.worker();
    let id = stocked.echo(large("ü")).await;
    let job = stocked.ended(id).await;
    assert_eq!(job.state, JobState::Completed, "{:?}", job.errors);
    let result = job.result.clone().unwrap();
    for value in [&job.args, &result] {
        assert!(value.len() < 200, "the job itself carries a reference");
        assert_eq!(PutAside::read(value).unwrap().bytes, 2 * LARGE + r#"{"text":""}"#.len());
        assert_eq!(stocked.whole(&job, value).await, large("ü"));
    }
    drop(worker);
}

#[tokio::test]
async fn what_a_job_can_carry_itself_is_not_put_aside() {
    let stocked = Stocked::new().await;
    let worker = stocked.worker();
    let fits = json!("x".repeat(MAX_PAYLOAD_BYTES - 2));
    let job = stocked.echo(fits.clone()).await;
    let job = stocked.ended(job).await;
    assert_eq!(job.args, serde_json::to_vec(&fits).unwrap());
    assert_eq!(job.result.as_ref(), Some(&job.args));
    assert_eq!(stocked.whole(&job, &job.args).await, fits);
    drop(worker);
}

#[tokio::test]
async fn what_is_refused_leaves_no_job() {
    let stocked = Stocked::new().await;
    let enqueue = async |client: &Client, kind: &str, args: Value, options: EnqueueOptions| {
        let request = EnqueueRequest { kind: kind.to_owned(), args, options };
        client.enqueue_one(request).await.unwrap_err()
    };
    let none = EnqueueOptions::default;
    let error = enqueue(&client(&stocked.house), Echo::NAME, large("x"), none()).await;
    assert!(matches!(error, EnqueueError::TooLarge { most: MAX_PAYLOAD_BYTES, .. }), "{error:?}");
    let too_large = json!("x".repeat(Blobs::MOST_BYTES));
    let error = enqueue(&stocked.client, Echo::NAME, too_large, none()).await;
    assert!(matches!(error, EnqueueError::TooLarge { most: Blobs::MOST_BYTES, .. }), "{error:?}");
    let misfit = json!({ "text": "x".repeat(LARGE), "more": 1 });
    let error = enqueue(&stocked.client, Read::NAME, misfit, none()).await;
    assert!(matches!(error, EnqueueError::Check(_)), "large args fit the schema like others: {error:?}");
    for on_conflict in [OnConflict::Replace, OnConflict::Debounce, OnConflict::KeepLatest] {
        let unique = Some(UniqueBy { args: None, until: Until::Finish, on_conflict });
        let options = EnqueueOptions { unique, ..none() };
        let error = enqueue(&stocked.client, Echo::NAME, large("x"), options).await;
        assert!(matches!(error, EnqueueError::Option { name: "unique.on_conflict", .. }), "{error:?}");
    }
    let away = Away { blobs: JobBlobs::new(stocked.blobs.clone()), calls: AtomicU32::new(1) };
    let away = client(&stocked.house).with_blobs(Arc::new(away));
    let error = enqueue(&away, Echo::NAME, large("x"), none()).await;
    assert!(matches!(error, EnqueueError::Blob(_)) && error.is_transient(), "{error:?}");
    assert_eq!(stocked.jobs().await, 0);
    assert_eq!(std::fs::read_dir(stocked.house.path("blobs")).unwrap().count(), 0, "nothing was stored");
}

#[tokio::test]
async fn a_job_is_unique_by_its_large_args_and_not_by_where_they_are_kept() {
    let stocked = Stocked::new().await;
    let unique = UniqueBy { args: None, until: Until::Finish, on_conflict: OnConflict::Reject };
    let options = EnqueueOptions { unique: Some(unique), ..EnqueueOptions::default() };
    let mut ids = Vec::new();
    for letter in ["x", "x", "y"] {
        ids.push(stocked.client.enqueue(&Echo(large(letter)), options.clone()).await.unwrap().id);
    }
    assert_eq!((ids[0] == ids[1], ids[0] == ids[2], stocked.jobs().await), (true, false, 2));
}

#[tokio::test]
async fn a_reference_that_somebody_makes_up_leads_nowhere() {
    let stocked = Stocked::new().await;
    let victim = stocked.echo(large("secret")).await;
    let stored = stocked.house.engine.get(&[victim]).await.unwrap()[0].clone().unwrap();
    let forged = stocked.echo(serde_json::from_slice(&stored.args).unwrap()).await;
    let worker = stocked.worker();
    let job = stocked.ended(forged).await;
    assert_eq!((job.args.clone(), job.state), (stored.args, JobState::Discarded));
    assert!(job.errors[0].message.contains("are not where those of this job are kept"), "{:?}", job.errors);
    assert_eq!(stocked.client.whole(&job, &job.args).await.unwrap(), None);
    assert_eq!(stocked.ended(victim).await.state, JobState::Completed);
    for nonsense in ["../../store.db", "sha256-00-1", ""] {
        let job = stocked.echo(json!({ "$blob": nonsense, "bytes": 1 })).await;
        assert_eq!(stocked.ended(job).await.state, JobState::Discarded, "{nonsense}");
    }
    drop(worker);
}

#[tokio::test]
async fn a_retry_may_bring_other_large_args() {
    let stocked = Stocked::new().await;
    let job = stocked.echo(json!({ "$blob": "lost", "bytes": 1 })).await;
    let worker = stocked.worker();
    assert_eq!(stocked.ended(job).await.state, JobState::Discarded);
    let answer = stocked.client.retry(job, Some(large("z"))).await.unwrap();
    assert_eq!(answer, RedriveAnswer::Available);
    let job = stocked.ended(job).await;
    assert_eq!(job.state, JobState::Completed);
    assert_eq!(stocked.whole(&job, job.result.as_ref().unwrap()).await, large("z"));
    drop(worker);
}

#[tokio::test]
async fn blobs_that_are_away_for_a_moment_fail_an_attempt_and_not_the_job() {
    let stocked = Stocked::new().await;
    let options = EnqueueOptions {
        backoff: Some(windlass_shared::Backoff::Fixed(Duration::from_millis(1))),
        max_attempts: Some(windlass_shared::MaxAttempts::new(5).unwrap()),
        ..EnqueueOptions::default()
    };
    let id = stocked.client.enqueue(&Echo(large("x")), options).await.unwrap().id;
    let away = Away { blobs: JobBlobs::new(stocked.blobs.clone()), calls: AtomicU32::new(2) };
    let worker = stocked.worker_with(Arc::new(away));
    let job = stocked.ended(id).await;
    assert_eq!((job.state, job.attempt, job.errors.len()), (JobState::Completed, 3, 2), "{:?}", job.errors);
    assert!(job.errors[0].message.contains("the args cannot be read: the disk is away"), "{:?}", job.errors);
    drop(worker);
}
