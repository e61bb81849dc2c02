use tokio::task::JoinHandle;
use windlass_shared::Incarnation;

use crate::core::Phases;

/// A worker at work. It goes on until it is told to end; dropping this does not stop it.
#[must_use = "join it, or it is cut off when the process ends"]
#[derive(Debug)]
pub struct RunningWorker {
    control: Control,
    worker: Incarnation,
    supervisor: JoinHandle<ShutdownReport>,
}

/// The way to end a worker, in steps. Each step includes those before it, and repeating one changes nothing.
#[derive(Debug, Clone)]
pub struct Control {
    phases: Phases,
}

/// What became of the jobs that a worker held when it was told to end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Jobs that were settled by their handlers.
    pub finished: u64,
    /// Jobs that were given back: they run elsewhere, without having lost an attempt.
    pub released: u64,
    /// Jobs whose end could not be written, because the engine was away. They come back to the queue when the
    /// worker's lease has run out.
    pub unsettled: usize,
    /// Handlers that did not stop, over the worker's whole life. They block their threads.
    pub stuck: u64,
    /// Set when nobody asked for the end: a part of the worker broke down.
    pub fault: Option<Fault>,
}

/// A defect of the worker itself, which made it give back its jobs and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a part of the worker broke down; the log says which")]
#[non_exhaustive]
pub struct Fault;

impl RunningWorker {
    pub(crate) const fn new(
        phases: Phases,
        worker: Incarnation,
        supervisor: JoinHandle<ShutdownReport>,
    ) -> Self {
        Self { control: Control { phases }, worker, supervisor }
    }

    /// Who it is, to the engine.
    pub const fn incarnation(&self) -> Incarnation {
        self.worker
    }

    /// The way to end it, for someone else.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// See [`Control::quiet`].
    pub fn quiet(&self) {
        self.control.quiet();
    }

    /// See [`Control::drain`].
    pub fn drain(&self) {
        self.control.drain();
    }

    /// See [`Control::release_now`].
    pub fn release_now(&self) {
        self.control.release_now();
    }

    /// Waits for its end, which somebody else brings about, or a defect.
    pub async fn join(self) -> ShutdownReport {
        self.supervisor.await.unwrap_or_else(|error| {
            tracing::error!(event = "worker.broken", %error, "the worker broke down while it ended");
            ShutdownReport { fault: Some(Fault), ..ShutdownReport::default() }
        })
    }
}

impl Control {
    /// Claims nothing more. What runs goes on, and the worker stays.
    pub fn quiet(&self) {
        self.phases.quiet.cancel();
    }

    /// Claims nothing more, lets running jobs end for as long as the worker drains, gives back the rest, and ends.
    pub fn drain(&self) {
        self.quiet();
        self.phases.drain.cancel();
    }

    /// Gives back at once what runs, and ends.
    pub fn release_now(&self) {
        self.drain();
        self.phases.release.cancel();
    }
}
