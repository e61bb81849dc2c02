use std::num::NonZeroUsize;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;
use windlass_queue::{Catalog, Client, Engine, Registry};
use windlass_worker::{RunningWorker, Worker};

use super::ping::{Ping, PingHandler};
use crate::compose;
use crate::config::Settings;
use crate::failure::Failure;

/// An engine, and the way to put jobs on it and to run them.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) client: Client,
    engine: Arc<dyn Engine>,
    /// Where the embedded engine keeps its file until the end.
    _directory: TempDir,
}

impl Stage {
    /// The engine that the settings choose; the embedded one in a new directory.
    pub(super) async fn set(settings: &Settings) -> Result<Self, Failure> {
        let directory = tempfile::tempdir()?;
        let settings = Settings { data_dir: directory.path().to_owned(), ..settings.clone() };
        let engine = compose::engine(&settings)?;
        engine.ping().await?;
        let mut catalog = Catalog::new();
        catalog.add::<Ping>()?;
        let client = Client::new(Arc::clone(&engine), Arc::new(catalog), compose::clock());
        Ok(Self { client, engine, _directory: directory })
    }

    pub(super) fn engine_name(&self) -> &'static str {
        self.engine.name()
    }

    /// A worker, and the instants in which its jobs start.
    pub(super) fn work(
        &self,
        concurrency: NonZeroUsize,
    ) -> Result<(RunningWorker, UnboundedReceiver<Instant>), Failure> {
        let (started, starts) = unbounded_channel();
        let mut registry = Registry::new();
        registry.add::<Ping>(PingHandler { started })?;
        let worker = Worker::builder(Arc::clone(&self.engine), Arc::new(registry), compose::clock())
            .concurrency(concurrency)
            .start()
            .map_err(|error| Failure::Worker(error.to_string()))?;
        Ok((worker, starts))
    }
}
