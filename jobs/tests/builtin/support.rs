//! One attempt of a job, run as a worker would run it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use windlass_email::{MailboxFolder, Mailer};
use windlass_email_templates::Templates;
use windlass_jobs::{Diagnostics, Services, registry};
use windlass_queue::{
    ClaimedJob, Engine, EnqueueRequest, Fenced, JobContext, JobError, JobRuntime, NewJob, Records, Registry,
    RunError, Scope, StepAnswer,
};
use windlass_shared::{
    Claim, ClaimNumber, Entropy, Incarnation, JobId, LeaseToken, MaxAttempts, Percent, Priority, QueueNumber,
    StepName, SystemClock, TenantId, Timestamp,
};
use windlass_sqlite::SqliteEngine;

/// When the jobs of these tests were enqueued.
pub(crate) const CREATED_AT: &str = "2026-01-31T09:30:00.000Z";

/// The services of an installation without a mail server: mail goes to `mailbox`, where there is one.
pub(crate) fn services(mailbox: Option<&Path>) -> Services {
    let sender = "Sails <hi@example.com>".parse().unwrap();
    let mailer = mailbox.map(|folder| Mailer::new(Arc::new(MailboxFolder::new(folder)), sender));
    Services { mailer, templates: Arc::new(Templates::builtin().unwrap()), engine: engine() }
}

/// An engine that no kind of these tests asks for anything, so its file need not outlive this call.
fn engine() -> Arc<dyn Engine> {
    let folder = tempfile::tempdir().unwrap();
    Arc::new(SqliteEngine::open(folder.path().join("queue.db"), Arc::new(SystemClock)).unwrap())
}

/// Every kind, working with `services`.
pub(crate) fn staffed(services: &Services) -> Registry {
    registry(services, Diagnostics::Enabled).unwrap()
}

/// One attempt of one job, and what it said of itself.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) id: JobId,
    pub(crate) cancellation: CancellationToken,
    pub(crate) progress: watch::Receiver<u8>,
    context: JobContext,
}

impl Attempt {
    /// The first attempt of a new job.
    pub(crate) fn new() -> Self {
        let id = JobId::new(CREATED_AT.parse().unwrap(), QueueNumber::new(1), 7);
        let cancellation = CancellationToken::new();
        let (sender, progress) = watch::channel(0);
        let recorder = Recorder(Mutex::new(sender));
        let deadline = Instant::now() + Duration::from_mins(10);
        let context = JobContext::new(&claimed(id), deadline, cancellation.clone(), recorder);
        Self { id, cancellation, progress, context }
    }

    /// Checks the arguments as an enqueuer does, then runs the handler.
    pub(crate) async fn run(&self, registry: &Registry, kind: &str, args: &Value) -> Result<Value, JobError> {
        let kind = registry.catalog().check(kind, args).unwrap();
        let handler = registry.handler(&kind.name).unwrap();
        match handler.run(&Bytes::from(args.to_string()), &self.context).await {
            Ok(done) => Ok(done.result.map_or(Value::Null, |json| serde_json::from_slice(&json).unwrap())),
            Err(RunError::Job(error)) => Err(error),
            Err(RunError::Undecodable(fault)) => panic!("args that were checked do not decode: {fault}"),
        }
    }
}

fn claimed(id: JobId) -> ClaimedJob {
    let worker = Incarnation::draw(&Entropy::seeded(1));
    let at: Timestamp = CREATED_AT.parse().unwrap();
    ClaimedJob {
        claim: Claim { job: id, token: LeaseToken { worker, number: ClaimNumber::new(1) } },
        kind: "any".parse().unwrap(),
        tenant: TenantId::default(),
        priority: Priority::default(),
        attempt: 1,
        max_attempts: MaxAttempts::after_retries(3),
        deaths: 0,
        suspect: false,
        timeout: Duration::from_mins(10),
        created_at: at,
        attempted_at: at,
        tags: Vec::new(),
        args: Bytes::new(),
        backoff: None,
        expires_at: None,
        limit_key: None,
        batch: None,
        has_records: false,
    }
}

#[derive(Debug)]
struct Recorder(Mutex<watch::Sender<u8>>);

/// Keeps the progress. What the kinds of these tests do not ask for is answered as by an engine that takes it.
#[async_trait]
impl JobRuntime for Recorder {
    fn progress(&self, percent: Percent, _: Option<String>) {
        self.0.lock().unwrap().send_replace(percent.get());
    }

    fn log(&self, _: String) {}

    async fn records(&self) -> Result<Option<Records>, JobError> {
        Ok(Some(Records::default()))
    }

    async fn record_step(&self, _: &StepName, _: Bytes) -> Result<StepAnswer, JobError> {
        Ok(StepAnswer::Recorded)
    }

    async fn checkpoint(&self, _: Bytes) -> Result<Fenced, JobError> {
        Ok(Fenced::Applied)
    }

    async fn prepare_child(&self, request: EnqueueRequest) -> Result<NewJob, JobError> {
        Err(JobError::permanent(format!("no job of kind {} follows from one of these", request.kind)))
    }

    async fn hold(&self, _: &Scope, _: Duration, _: &str) -> Result<(), JobError> {
        Ok(())
    }
}
