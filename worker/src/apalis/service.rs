use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use apalis_core::task::Task;
use futures::FutureExt;
use futures::future::BoxFuture;
use tower::Service;

use crate::claimer::StartedJob;
use crate::executor::Executor;
use crate::tasks::Tasks;

/// Runs the jobs of one claim in a task of their own, which no handler can block. Never fails.
#[derive(Debug, Clone)]
pub(super) struct RunJobs {
    executor: Arc<Executor>,
    tasks: Tasks,
}

impl RunJobs {
    pub(super) const fn new(executor: Arc<Executor>, tasks: Tasks) -> Self {
        Self { executor, tasks }
    }
}

impl Service<Task<Vec<StartedJob>>> for RunJobs {
    type Response = ();
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<(), Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // The claimer claims at most the free slots, so there always is one.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, task: Task<Vec<StartedJob>>) -> Self::Future {
        let executor = Arc::clone(&self.executor);
        let claims: Vec<_> = task.args.iter().map(|started| started.job.claim).collect();
        let running = self.tasks.spawn(Arc::clone(&executor).execute(task.args));
        async move {
            if running.await.is_err() {
                executor.abandon(&claims);
            }
            Ok(())
        }
        .boxed()
    }
}
