//! The processes of a proof, and the jobs that they are given.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;
use windlass_queue::{
    Acceptance, Catalog, Client, Depth, Engine, EnqueueOptions, EnqueueRequest, Job, JobKind,
};
use windlass_redis::{RedisEngine, RedisOptions};
use windlass_shared::{Clock, Entropy, JobId, QueueName, SystemClock};
use windlass_tests::{Process, RedisServer, until};

use crate::Stage;
use crate::evidence::{Death, Evidence};
use crate::runs::{Cause, Whose};
use crate::worker::{Nothing, Stubborn, Work};

const SOON: Duration = Duration::from_secs(15);
/// How long after what was done to it a worker may take to find out and to stop what runs in vain, in milliseconds.
const AFTERMATH_MS: i64 = 5_000;
/// How many jobs are enqueued or looked up in one call.
const CHUNK: usize = 1_000;

/// Workers on a Redis server of their own.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) redis: RedisServer,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) client: Client,
    pub(crate) entropy: Entropy,
    pub(crate) deaths: Vec<Death>,
    /// Each process that was at work, and from when on, in milliseconds since the epoch.
    births: Vec<(u32, i64)>,
    /// What was done to it that the guarantees name as a reason for runs that come again.
    pub(crate) causes: Vec<Cause>,
    workers: Vec<(String, Process)>,
    concurrency: usize,
    program: PathBuf,
    folder: TempDir,
    started: usize,
}

impl Fleet {
    /// A fleet without workers, which will run so many jobs each.
    pub(crate) async fn new(stage: &Stage, concurrency: usize) -> Result<Self> {
        Self::on(RedisServer::start().await?, stage, concurrency)
    }

    /// The same on this Redis.
    pub(crate) fn on(redis: RedisServer, stage: &Stage, concurrency: usize) -> Result<Self> {
        let engine: Arc<dyn Engine> = Arc::new(RedisEngine::new(RedisOptions::from_url(&redis.url())?));
        let mut catalog = Catalog::new();
        catalog.add::<Work>()?;
        catalog.add::<Stubborn>()?;
        catalog.add::<Nothing>()?;
        catalog.add::<windlass_jobs::operations::BulkJobs>()?;
        let client = Client::new(engine.clone(), Arc::new(catalog), Arc::new(SystemClock));
        Ok(Self {
            redis,
            engine,
            client,
            entropy: Entropy::from_system(),
            deaths: Vec::new(),
            births: Vec::new(),
            causes: Vec::new(),
            workers: Vec::new(),
            concurrency,
            program: stage.program.clone(),
            folder: tempfile::Builder::new().prefix("windlass-proof-").tempdir()?,
            started: 0,
        })
    }

    /// Starts a worker and waits until it is at work.
    pub(crate) async fn start(&mut self) -> Result<()> {
        let url = self.redis.url();
        self.start_at(&url).await
    }

    /// Starts a worker that reaches Redis at another address.
    pub(crate) async fn start_at(&mut self, url: &str) -> Result<()> {
        self.started += 1;
        let name = format!("worker-{}", self.started);
        let mut command = Command::new(&self.program);
        command.args([
            "worker",
            "--redis-url",
            url,
            "--concurrency",
            &self.concurrency.to_string(),
            "--evidence",
        ]);
        command.arg(self.evidence_path());
        let mut process = Process::spawn(&name, &mut command, self.folder.path())?;
        process.says("at work", SOON).await?;
        self.births.push((process.id(), now()));
        self.workers.push((name, process));
        Ok(())
    }

    /// Kills one worker, whichever except the oldest, and starts another one.
    pub(crate) async fn kill_younger(&mut self) -> Result<()> {
        self.kill(1 + self.any() % (self.workers.len() - 1)).await
    }

    /// Kills the oldest worker, and starts another one.
    pub(crate) async fn kill_oldest(&mut self) -> Result<()> {
        self.kill(0).await
    }

    async fn kill(&mut self, victim: usize) -> Result<()> {
        // What is left stays in the order of age.
        let (_, mut process) = self.workers.remove(victim);
        // Written down before: what it still does until then counts as done while it lived.
        self.deaths.push(Death { process: process.id(), at: 0 });
        process.kill()?;
        if let Some(death) = self.deaths.last_mut() {
            death.at = now();
        }
        self.start().await
    }

    /// From when on there was somebody who lived to see that a process that died at `died` was silent. A death is seen by
    /// who is connected all the while, so not before somebody lives for as `long` as that may take.
    pub(crate) fn seen(&self, died: i64, long: i64) -> i64 {
        let lived =
            |process, until| self.deaths.iter().all(|death| death.process != process || death.at >= until);
        let witnesses = self.births.iter().filter_map(|(process, born)| {
            let from = died.max(*born);
            lived(*process, from + long).then_some(from)
        });
        witnesses.min().unwrap_or(died)
    }

    /// Kills Redis, and starts it again after a while.
    pub(crate) async fn kill_redis(&mut self, away: Duration) -> Result<()> {
        let from = now();
        self.redis.kill()?;
        sleep(away).await;
        self.redis.start_again().await?;
        self.causes.push(Cause { whose: Whose::Everybody, from, until: now() + AFTERMATH_MS });
        Ok(())
    }

    /// Notes that a worker could not be heard since `from`, in milliseconds since the epoch, and can again.
    pub(crate) fn was_away(&mut self, worker: usize, from: i64) -> Result<()> {
        let whose = Whose::Worker(self.worker(worker)?.id());
        self.causes.push(Cause { whose, from, until: now() + AFTERMATH_MS });
        Ok(())
    }

    /// One of the workers, whichever.
    pub(crate) fn any(&self) -> usize {
        usize::try_from(self.entropy.number() % self.workers.len().max(1) as u64).unwrap_or(0)
    }

    pub(crate) fn worker(&self, index: usize) -> Result<&Process> {
        self.workers.get(index).map(|(_, process)| process).context("there is no such worker")
    }

    /// The worker that is this process.
    pub(crate) fn worker_of(&self, process: u32) -> Result<usize> {
        let found = self.workers.iter().position(|(_, worker)| worker.id() == process);
        found.context("there is no such process")
    }

    /// What the handlers have written down.
    pub(crate) fn evidence(&self) -> Result<Evidence> {
        Evidence::read(&self.evidence_path())
    }

    fn evidence_path(&self) -> PathBuf {
        self.folder.path().join("evidence")
    }

    /// Enqueues `count` jobs that differ as `make` says; answers their ids.
    pub(crate) async fn enqueue<K: JobKind>(
        &self,
        count: usize,
        make: impl Fn(usize) -> (Value, EnqueueOptions),
    ) -> Result<Vec<JobId>> {
        let mut ids = Vec::with_capacity(count);
        for first in (0..count).step_by(CHUNK) {
            let requests = (first..count.min(first + CHUNK)).map(|number| {
                let (args, options) = make(number);
                EnqueueRequest { kind: K::NAME.to_owned(), args, options }
            });
            for answer in self.client.enqueue_batch(requests.collect()).await {
                let answer = answer?;
                ensure!(answer.acceptance == Acceptance::New, "{answer:?} was new");
                ids.push(answer.id);
            }
        }
        Ok(ids)
    }

    /// How many jobs of a queue are in each state; Redis is waited for.
    pub(crate) async fn depth(&self, queue: &QueueName) -> Result<Depth> {
        until("an answer of Redis", SOON, async || Ok(self.engine.depth(queue).await.ok())).await
    }

    /// Waits until no job of the queue is unfinished.
    pub(crate) async fn until_finished(&self, queue: &QueueName, limit: Duration) -> Result<()> {
        until("the end of all jobs", limit, async || {
            let depth = self.engine.depth(queue).await;
            Ok(depth.is_ok_and(|depth| depth.unfinished() == 0).then_some(()))
        })
        .await
    }

    /// The jobs that still exist, as they are now.
    pub(crate) async fn jobs(&self, ids: &[JobId]) -> Result<Vec<Option<Job>>> {
        let mut jobs = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            jobs.extend(self.engine.get(chunk).await?);
        }
        Ok(jobs)
    }
}

/// The time, as the evidence has it.
pub(crate) fn now() -> i64 {
    SystemClock.now().as_millis()
}

/// The queue of a kind.
pub(crate) fn queue_of<K: JobKind>() -> Result<QueueName> {
    Ok(K::QUEUE.parse()?)
}

/// Arguments of work without a limit of its own.
pub(crate) fn work(step_ms: u64, steps: u8, group: &str) -> Value {
    json!({ "step_ms": step_ms, "steps": steps, "group": group })
}
