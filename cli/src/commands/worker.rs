//! `windlass worker`: a worker alone.

use std::pin::{Pin, pin};
use std::sync::Arc;

use windlass_queue::{Client, Engine, Registry};
use windlass_relay::RunningRelay;
use windlass_shared::QueueName;
use windlass_worker::{Control, RunningWorker, ShutdownReport, Worker};

use crate::compose;
use crate::config::Settings;
use crate::failure::Failure;
use crate::signals::StopSignals;

/// Runs the role until it is told to stop.
pub(crate) async fn run(settings: &Settings) -> Result<(), Failure> {
    let mut signals = StopSignals::listen()?;
    let client = compose::client(settings)?;
    let worker = start(settings, Arc::clone(client.engine()))?;
    let relay = relay(settings, client).await?;
    tracing::info!(engine = compose::describe(settings), has_relay = relay.is_some(), "the worker runs");
    let control = worker.control();
    let mut end = pin!(worker.join());
    let outcome = tokio::select! {
        report = &mut end => judge(&report),
        () = signals.next() => stop(&control, end, &mut signals).await,
    };
    // Dropped, the relay is cut off, which loses nothing: another one goes on, or the next start.
    drop(relay);
    outcome
}

/// A relay beside the worker.
async fn relay(settings: &Settings, client: Client) -> Result<Option<RunningRelay>, Failure> {
    // A worker needs no store: the relay waits for one that is away, or whose tables are not up to date.
    let store = compose::tables(settings)?;
    if compose::has_certain_store(settings)
        && store.database().is_embedded()
        && let Err(error) = store.migrate().await
    {
        tracing::warn!(%error, "what happens is not recorded before that is mended");
    }
    compose::relay_beside(settings, client, store)
}

/// Starts a worker with the kinds of this installation.
pub(super) fn start(settings: &Settings, engine: Arc<dyn Engine>) -> Result<RunningWorker, Failure> {
    let registry = Arc::new(compose::registry(settings, &engine)?);
    let queues = queues(settings, &registry)?;
    let client = compose::client_of(Arc::clone(&engine), settings)?;
    let builder = Worker::builder(engine, registry, compose::clock())
        .client(client)
        .queues(queues)
        .concurrency(settings.worker.concurrency);
    let builder = match nix::unistd::gethostname() {
        Ok(host) => builder.host(host.to_string_lossy()),
        Err(_) => builder,
    };
    builder.start().map_err(|error| Failure::Worker(error.to_string()))
}

/// The queues that were asked for; a queue in which no kind lives would be served for nothing.
fn queues(settings: &Settings, registry: &Registry) -> Result<Vec<QueueName>, Failure> {
    let (wanted, known) = (&settings.worker.queues, registry.catalog().queues());
    if wanted.is_empty() {
        return Ok(known);
    }
    match wanted.iter().find(|queue| !known.contains(queue)) {
        Some(queue) => Err(Failure::NoQueue { queue: queue.clone(), known }),
        None => Ok(wanted.clone()),
    }
}

/// Drains; the next signal gives back at once what still runs.
pub(super) async fn stop(
    control: &Control,
    mut end: Pin<&mut impl Future<Output = ShutdownReport>>,
    signals: &mut StopSignals,
) -> Result<(), Failure> {
    tracing::info!("draining: running jobs may finish; a second signal (Ctrl-C) gives them back at once");
    control.drain();
    tokio::select! {
        report = &mut end => return judge(&report),
        () = signals.next() => {}
    }
    tracing::info!("giving running jobs back");
    control.release_now();
    judge(&end.await)
}

/// A worker that ended by itself has a defect; whoever supervises the process should know.
pub(super) fn judge(report: &ShutdownReport) -> Result<(), Failure> {
    match report.fault {
        Some(fault) => Err(Failure::Worker(fault.to_string())),
        None => Ok(()),
    }
}
