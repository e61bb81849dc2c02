use std::io;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;
use windlass_queue::{Beat, Rescuer, Serves, Settlement};
use windlass_shared::{Entropy, Incarnation};

use crate::apalis::{self, Jobs};
use crate::builder::WorkerBuilder;
use crate::claimer::Claimer;
use crate::core::{Core, Phases, ServedQueue, Tally};
use crate::crew::Crews;
use crate::executor::Executor;
use crate::gate::{Gate, SEATS};
use crate::lease::{Heartbeat, HeartbeatThread, InvalidLeaseTiming, Standing};
use crate::listener::Listener;
use crate::maintenance::{Promote, Prune, Relay, Rescue, repeat};
use crate::outage::Outage;
use crate::running::RunningWorker;
use crate::settler::Settler;
use crate::shutdown::{Parts, Supervisor};
use crate::tasks::Tasks;

/// Why a worker could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is nothing to serve.
    #[error("the worker has no queue to serve: register a kind, or name the queues")]
    NoQueues,
    /// More jobs at once than a worker can run.
    #[error("a concurrency of {asked} is too much: a worker runs at most {most} jobs of a queue at once")]
    Concurrency {
        /// What was asked for.
        asked: usize,
        /// The most there can be.
        most: usize,
    },
    /// The lease would be lost although every heartbeat succeeds.
    #[error(transparent)]
    Lease(#[from] InvalidLeaseTiming),
    /// It was not started from within a tokio runtime.
    #[error("a worker is started from within a tokio runtime")]
    NoRuntime,
    /// The thread of the heartbeat could not be started.
    #[error("the heartbeat could not be started: {0}")]
    Heartbeat(#[source] io::Error),
    /// The threads of the handlers could not be started.
    #[error("the threads for handlers could not be started: {0}")]
    Handlers(#[source] io::Error),
}

/// Puts the parts of a worker together and sets them going.
pub(crate) fn start(builder: &WorkerBuilder) -> Result<RunningWorker, StartError> {
    if builder.queues.is_empty() {
        return Err(StartError::NoQueues);
    }
    let (asked, most) = (builder.concurrency.get(), SEATS as usize);
    if asked > most {
        return Err(StartError::Concurrency { asked, most });
    }
    builder.lease.check()?;
    if Handle::try_current().is_err() {
        return Err(StartError::NoRuntime);
    }
    let (standing, seen) = watch::channel(Standing::NotYet);
    let core = Arc::new(core(builder, seen).map_err(StartError::Handlers)?);
    let (queues, settlements): (Vec<_>, Vec<_>) = builder
        .queues
        .iter()
        .map(|name| ServedQueue::new(name.clone(), builder.concurrency.get()))
        .map(|(queue, settlements)| (Arc::new(queue), settlements))
        .unzip();
    let heartbeat = heartbeat(builder, &core, &queues, standing)?;
    let mut parts = Parts::default();
    for (queue, settlements) in queues.iter().zip(settlements) {
        start_queue(&core, queue, settlements, &mut parts);
        start_chores(&core, queue, builder);
    }
    tracing::info!(
        event = "worker.started", worker = %core.worker, queues = queues.len(), concurrency = builder.concurrency,
        "the worker has started"
    );
    let (phases, worker) = (core.phases.clone(), core.worker);
    let supervisor = Supervisor { core, queues, parts, heartbeat, drain_for: builder.drain_for };
    // It waits for all other tasks, so it cannot be among those that are waited for.
    let supervisor = TaskTracker::new().spawn(supervisor.run());
    Ok(RunningWorker::new(phases, worker, supervisor))
}

pub(crate) fn core(builder: &WorkerBuilder, standing: watch::Receiver<Standing>) -> io::Result<Core> {
    let entropy = Arc::new(Entropy::from_system());
    Ok(Core {
        engine: Arc::clone(&builder.engine),
        registry: Arc::clone(&builder.registry),
        client: builder.enqueuer(),
        serves: Serves::These(builder.kinds().into()),
        clock: Arc::clone(&builder.clock),
        worker: Incarnation::draw(&entropy),
        entropy,
        tasks: Tasks::default(),
        crews: Crews::assemble()?,
        gate: Gate::new(),
        standing,
        phases: Phases::default(),
        stop_grace: builder.stop_grace,
        tally: Tally::default(),
    })
}

fn heartbeat(
    builder: &WorkerBuilder,
    core: &Core,
    queues: &[Arc<ServedQueue>],
    standing: watch::Sender<Standing>,
) -> Result<HeartbeatThread, StartError> {
    let (info, queues_served) = (builder.info(), builder.queues.clone());
    let beat = Beat { worker: core.worker, info, queues: queues_served, memory: None };
    let outage = Outage::none("heartbeat", None, Arc::clone(&core.entropy));
    let engine = Arc::clone(&core.engine);
    let heartbeat = Heartbeat::new(engine, beat, builder.lease, queues, (standing, outage));
    HeartbeatThread::start(heartbeat, core.tasks.sentinel("heartbeat")).map_err(StartError::Heartbeat)
}

fn start_queue(
    core: &Arc<Core>,
    queue: &Arc<ServedQueue>,
    settlements: mpsc::UnboundedReceiver<Settlement>,
    parts: &mut Parts,
) {
    let both = || (Arc::clone(core), Arc::clone(queue));
    let (sender, jobs) = mpsc::unbounded_channel();
    let (c, q) = both();
    let executor = Arc::new(Executor::new(c, q));
    let jobs = Jobs { source: sender.downgrade(), jobs };
    let runner = apalis::run(queue.name.to_string(), jobs, executor, core.tasks.clone());
    parts.runners.push(core.tasks.spawn_loop("runner", runner));
    let (c, q) = both();
    parts.runners.push(core.tasks.spawn_loop("claimer", Claimer::new(c, q, sender).run()));
    let (c, q) = both();
    parts.settlers.push(core.tasks.spawn_loop("settler", Settler::new(c, q, settlements).run()));
    let (c, q) = both();
    core.tasks.spawn_loop("listener", Listener::new(c, q).run());
}

fn start_chores(core: &Arc<Core>, queue: &Arc<ServedQueue>, builder: &WorkerBuilder) {
    let both = || (Arc::clone(core), Arc::clone(queue));
    let (c, q) = both();
    core.tasks.spawn_loop("promote", repeat(Promote::new(Arc::clone(&c), Arc::clone(&q)), c, q));
    let (c, q) = both();
    core.tasks.spawn_loop("relay", repeat(Relay::new(Arc::clone(&c), Arc::clone(&q)), c, q));
    let (c, q) = both();
    let prune = Prune::new(Arc::clone(&c), Arc::clone(&q), builder.retention);
    core.tasks.spawn_loop("prune", repeat(prune, c, q));
    let (c, q) = both();
    let (engine, clock) = (Arc::clone(&core.engine), Arc::clone(&core.clock));
    let rescuer = Rescuer::new(engine, clock, queue.name.clone(), builder.lease.lasts);
    core.tasks.spawn_loop("rescue", repeat(Rescue::new(rescuer), c, q));
}
