//! The one place that names apalis: its worker loop over our channel of claimed jobs.
//!
//! What was learnt by measuring it and is kept to here: an error from a backend or a service ends its worker and
//! drops what runs, so neither ever returns one; poll functions only touch channels.

mod backend;
mod service;

use std::sync::Arc;

use apalis_core::worker::builder::WorkerBuilder;
use tokio::sync::mpsc::{UnboundedReceiver, WeakUnboundedSender};

use self::backend::ClaimedJobs;
use self::service::RunJobs;
use crate::claimer::StartedJob;
use crate::executor::Executor;
use crate::tasks::Tasks;

/// The jobs to run.
#[derive(Debug)]
pub(crate) struct Jobs {
    pub(crate) jobs: UnboundedReceiver<Vec<StartedJob>>,
    /// Tells whether more may come.
    pub(crate) source: WeakUnboundedSender<Vec<StartedJob>>,
}

/// Runs what comes out of `jobs` until the channel is closed and the last job has ended. Should it end earlier,
/// the alarm is raised: nobody would run what is claimed from then on.
pub(crate) async fn run(name: String, jobs: Jobs, executor: Arc<Executor>, tasks: Tasks) {
    let Jobs { jobs, source } = jobs;
    let service = RunJobs::new(executor, tasks.clone());
    let worker = WorkerBuilder::new(name.as_str()).backend(ClaimedJobs::new(jobs)).build(service);
    if let Err(error) = worker.run().await {
        tracing::error!(event = "worker.broken", %error, "the worker loop ended with an error");
    }
    if source.upgrade().is_some() {
        tasks.broken("runner");
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::{mpsc, watch};
    use windlass_queue::Registry;
    use windlass_shared::SystemClock;
    use windlass_sqlite::SqliteEngine;

    use super::*;
    use crate::Worker;
    use crate::core::ServedQueue;
    use crate::lease::Standing;

    async fn alarm_after_a_run(end: impl FnOnce(&mut Jobs, mpsc::UnboundedSender<Vec<StartedJob>>)) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let engine = SqliteEngine::open(folder.path().join("queue.db"), Arc::new(SystemClock)).unwrap();
        let builder = Worker::builder(Arc::new(engine), Arc::new(Registry::new()), Arc::new(SystemClock));
        let core = Arc::new(crate::start::core(&builder, watch::channel(Standing::NotYet).1).unwrap());
        let (queue, _settlements) = ServedQueue::new("default".parse().unwrap(), 1);
        let executor = Arc::new(Executor::new(Arc::clone(&core), Arc::new(queue)));
        let (sender, jobs) = mpsc::unbounded_channel();
        let mut jobs = Jobs { source: sender.downgrade(), jobs };
        end(&mut jobs, sender);
        run("test".to_owned(), jobs, executor, core.tasks.clone()).await;
        core.tasks.alarm().is_cancelled()
    }

    #[tokio::test]
    async fn a_loop_that_ends_while_jobs_may_come_raises_the_alarm() {
        let mut claimer = None;
        let end = |jobs: &mut Jobs, sender| {
            jobs.jobs.close();
            claimer = Some(sender);
        };
        assert!(alarm_after_a_run(end).await);
        assert!(claimer.is_some());
    }

    #[tokio::test]
    async fn a_loop_that_ends_because_no_job_can_come_is_fine() {
        assert!(!alarm_after_a_run(|_, sender| drop(sender)).await);
    }
}
