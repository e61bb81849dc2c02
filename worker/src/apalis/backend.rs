use std::convert::Infallible;
use std::task::{Context, Poll};

use apalis_core::backend::finalize::Ephemeral;
use apalis_core::backend::{Backend, BackendConfig};
use apalis_core::task::Task;
use apalis_core::task::task_id::TaskId;
use apalis_core::worker::context::WorkerContext;
use tokio::sync::mpsc::UnboundedReceiver;
use tower::layer::util::Identity;

use crate::claimer::StartedJob;

/// The jobs that the claimer has claimed, as a backend; a task is all jobs of one claim. The end of the channel is the end
/// of the worker.
#[derive(Debug)]
pub(super) struct ClaimedJobs {
    jobs: UnboundedReceiver<Vec<StartedJob>>,
}

impl ClaimedJobs {
    pub(super) const fn new(jobs: UnboundedReceiver<Vec<StartedJob>>) -> Self {
        Self { jobs }
    }
}

impl Backend for ClaimedJobs {
    type Task = Task<Vec<StartedJob>>;
    type Error = Infallible;

    fn poll_ready(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Option<Result<Self::Task, Infallible>>> {
        self.jobs.poll_recv(cx).map(|jobs| jobs.map(|jobs| Ok(Task::new(jobs))))
    }

    fn poll_close(&mut self, _: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Infallible>> {
        // Without this the loop waits for somebody to stop it, although no job can come any more. Stopping only
        // fails before the start.
        if let Err(error) = worker.stop() {
            tracing::debug!(%error, "the worker loop was closed before it started");
        }
        Poll::Ready(Ok(()))
    }
}

impl BackendConfig for ClaimedJobs {
    type Args = Vec<StartedJob>;
    type Id = TaskId;
    type Kind = Ephemeral;
    type Config = ();
    type Layer = Identity;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Identity {
        Identity::new()
    }
}
