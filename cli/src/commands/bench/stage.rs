use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::sync::Mutex;
use windlass_queue::{Catalog, Client, DeleteAnswer, Engine, JobFilter, JobKind, Registry};
use windlass_redis::{Probe, RawRates, RedisOptions, ServerFigures};
use windlass_shared::QueueName;
use windlass_worker::{RunningWorker, Worker};

use super::backlog;
use super::ping::{Ping, PingHandler};
use super::progress::Progress;
use crate::args::{EngineName, MeasureArgs};
use crate::compose;
use crate::config::Settings;
use crate::failure::Failure;

/// Longer than a living worker goes between two beats.
const A_BEAT: Duration = Duration::from_secs(5);
/// How many jobs a look or a deletion takes.
const PAGE: usize = 1_000;
/// What a record has besides its arguments: its header and the names of tenant and kind.
const RECORD_FRAME: usize = 80;

/// An engine with an empty queue, and the ways to put jobs on it and to run them.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) client: Client,
    /// Where all processes of the measurement find the engine.
    pub(super) settings: Settings,
    pub(super) queue: QueueName,
    /// The Redis server, where it can be looked at.
    pub(super) probe: Option<Probe>,
    pub(super) server: Option<ServerFigures>,
    pub(super) progress: Progress,
    worker: Mutex<Option<RunningWorker>>,
    /// Where the embedded engine keeps its file until the end.
    _directory: TempDir,
}

impl Stage {
    /// The engine that was asked for, once nobody else uses its queue.
    pub(super) async fn set(
        measure: &MeasureArgs,
        settings: &Settings,
        progress: Progress,
    ) -> Result<Self, Failure> {
        let directory = tempfile::tempdir()?;
        let settings = chosen(measure.engine, settings, &directory)?;
        let client = client(&settings)?;
        client.engine().ping().await?;
        let probe = match &settings.redis_url {
            Some(url) => Probe::connect(&RedisOptions::from_url(url.expose_secret())?).await?,
            None => None,
        };
        let server = match &probe {
            Some(probe) => Some(probe.figures().await?),
            None => None,
        };
        let (queue, worker) = (Ping::QUEUE.parse()?, Mutex::default());
        let stage = Self { client, settings, queue, probe, server, progress, worker, _directory: directory };
        stage.take_over().await?;
        Ok(stage)
    }

    pub(super) fn engine(&self) -> &Arc<dyn Engine> {
        self.client.engine()
    }

    pub(super) fn engine_name(&self) -> &'static str {
        self.engine().name()
    }

    /// What Redis does at its best with values as large as our records.
    pub(super) async fn raw_rates(&self, measure: &MeasureArgs) -> Result<Option<RawRates>, Failure> {
        const FEWEST: usize = 1_000;
        const MOST: usize = 300_000;
        let Some(probe) = &self.probe else { return Ok(None) };
        let operations = measure.jobs.map_or(MOST, |jobs| (jobs as usize).clamp(FEWEST, MOST));
        self.progress.show("what Redis does at its best", 0, 1);
        let bytes = measure.payload as usize + RECORD_FRAME;
        Ok(Some(probe.raw_rates(&self.queue, operations, bytes).await?))
    }

    /// Starts a worker in this process.
    pub(super) async fn start_worker(
        &self,
        concurrency: NonZeroUsize,
        handler: PingHandler,
    ) -> Result<(), Failure> {
        let worker = worker(self.engine(), concurrency, handler)?;
        *self.worker.lock().await = Some(worker);
        Ok(())
    }

    /// Lets the worker of this process end what it runs.
    pub(super) async fn end_worker(&self) -> Result<(), Failure> {
        let Some(worker) = self.worker.lock().await.take() else { return Ok(()) };
        worker.drain();
        match worker.join().await.fault {
            Some(fault) => Err(Failure::Worker(fault.to_string())),
            None => Ok(()),
        }
    }

    /// Ends the worker at once if it still runs, and leaves nothing in the queue.
    pub(super) async fn clear(&self) -> Result<(), Failure> {
        if let Some(worker) = self.worker.lock().await.take() {
            worker.release_now();
            worker.join().await;
        }
        self.erase().await
    }

    /// Makes sure that the queue is nobody else's, and empties it. What is left of a measurement that was killed stands in
    /// nobody's way; its workers show no sign of life.
    async fn take_over(&self) -> Result<(), Failure> {
        if self.settings.redis_url.is_none() {
            return Ok(());
        }
        let filter = JobFilter { queue: Some(self.queue.clone()), ..JobFilter::default() };
        let page = self.engine().list(&filter, None, PAGE).await?;
        if let Some(foreign) = page.jobs.into_iter().find(|job| job.kind.as_str() != Ping::NAME) {
            return Err(Failure::QueueTaken(format!("it has jobs of the kind {}", foreign.kind)));
        }
        let before = self.engine().beats(&self.queue).await?;
        if !before.is_empty() {
            tokio::time::sleep(A_BEAT).await;
            let after = self.engine().beats(&self.queue).await?;
            if after.iter().any(|beat| !before.contains(beat)) {
                return Err(Failure::QueueTaken("a worker serves it".to_owned()));
            }
        }
        self.erase().await
    }

    /// Removes what is in the queue. A Cluster is asked page by page, and keeps what dead workers hold.
    async fn erase(&self) -> Result<(), Failure> {
        if self.settings.redis_url.is_none() {
            return Ok(());
        }
        if let Some(probe) = &self.probe {
            return Ok(probe.erase(&self.queue).await?);
        }
        backlog::lift(self).await?;
        let filter = JobFilter { queue: Some(self.queue.clone()), ..JobFilter::default() };
        let mut after = None;
        loop {
            let page = self.engine().list(&filter, after.as_ref(), PAGE).await?;
            let ids: Vec<_> = page.jobs.iter().map(|job| job.id).collect();
            let answers = self.engine().delete(&ids).await?;
            // What is deleted moves up the rest, so a cursor would pass some of it over.
            let has_changed = answers.iter().any(|answer| matches!(answer, DeleteAnswer::Deleted(_)));
            after = page.next.filter(|_| !has_changed);
            if after.is_none() && !has_changed {
                return Ok(());
            }
        }
    }
}

/// A worker of pings.
pub(super) fn worker(
    engine: &Arc<dyn Engine>,
    concurrency: NonZeroUsize,
    handler: PingHandler,
) -> Result<RunningWorker, Failure> {
    let mut registry = Registry::new();
    registry.add::<Ping>(handler)?;
    let builder = Worker::builder(Arc::clone(engine), Arc::new(registry), compose::clock());
    builder.concurrency(concurrency).start().map_err(|error| Failure::Worker(error.to_string()))
}

/// A client that knows the ping only.
pub(super) fn client(settings: &Settings) -> Result<Client, Failure> {
    let mut catalog = Catalog::new();
    catalog.add::<Ping>()?;
    Ok(Client::new(compose::engine(settings)?, Arc::new(catalog), compose::clock()))
}

fn chosen(engine: Option<EngineName>, settings: &Settings, directory: &TempDir) -> Result<Settings, Failure> {
    let redis_url = match (engine, &settings.redis_url) {
        (Some(EngineName::Redis), None) => return Err(Failure::NoRedis),
        (Some(EngineName::Sqlite), _) => None,
        (Some(EngineName::Redis) | None, url) => url.clone(),
    };
    Ok(Settings { redis_url, data_dir: directory.path().to_owned(), ..settings.clone() })
}
