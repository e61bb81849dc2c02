use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::join_all;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{sleep, timeout};

use crate::core::{Core, ServedQueue};
use crate::lease::{Farewell, HeartbeatThread};
use crate::reconcile::reconcile;
use crate::running::{Fault, ShutdownReport};

/// How long a call to the engine that is under way is waited for at the end.
const CALL_PATIENCE: Duration = Duration::from_secs(5);
/// How long the engine is asked what the worker still holds.
const RECONCILE_PATIENCE: Duration = Duration::from_secs(2);
/// How long tasks that have nothing left to do may take to end.
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// Watches over a worker and leads it through its end.
#[derive(Debug)]
pub(crate) struct Supervisor {
    pub(crate) core: Arc<Core>,
    pub(crate) queues: Vec<Arc<ServedQueue>>,
    pub(crate) parts: Parts,
    pub(crate) heartbeat: HeartbeatThread,
    pub(crate) drain_for: Duration,
}

/// The tasks whose ends are steps of the worker's end.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// Claimers, and the loops that run what they claim.
    pub(crate) runners: Vec<JoinHandle<()>>,
    pub(crate) settlers: Vec<JoinHandle<()>>,
}

/// Whether the worker knows everything that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Certainty {
    Certain,
    Uncertain,
}

/// What made the worker end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Asked,
    Broken,
}

impl Supervisor {
    /// Returns when the worker has ended.
    pub(crate) async fn run(mut self) -> ShutdownReport {
        let cause = self.asked_or_broken().await;
        let (finished, released) = self.settled();
        self.core.phases.quiet.cancel();
        self.end_running(cause).await;
        let certainty = self.reconcile().await;
        self.core.phases.end.cancel();
        wait_or_abort(std::mem::take(&mut self.parts.settlers), CALL_PATIENCE).await;

        let (all_finished, all_released) = self.settled();
        let report = ShutdownReport {
            finished: all_finished - finished,
            released: all_released - released,
            unsettled: self.queues.iter().map(|queue| queue.holdings.len()).sum(),
            stuck: self.core.tally.stuck.load(Ordering::Relaxed),
            fault: (cause == Cause::Broken).then_some(Fault),
        };
        let leaves_nothing = report.unsettled == 0 && certainty == Certainty::Certain;
        self.heartbeat.end(if leaves_nothing { Farewell::Retire } else { Farewell::Leave }).await;
        if timeout(LAST_PATIENCE, self.core.tasks.finish()).await.is_err() {
            tracing::warn!(
                event = "worker.left",
                stuck = report.stuck,
                "some handlers still run and are left behind"
            );
        }
        tracing::info!(event = "worker.ended", ?report, "the worker has ended");
        report
    }

    async fn asked_or_broken(&self) -> Cause {
        tokio::select! {
            biased;
            () = self.core.tasks.alarm().cancelled() => Cause::Broken,
            () = self.core.phases.drain.cancelled() => Cause::Asked,
        }
    }

    /// Lets running jobs end by themselves while that is allowed, then takes them from their handlers.
    async fn end_running(&mut self, cause: Cause) {
        let runners = std::mem::take(&mut self.parts.runners);
        let aborts: Vec<AbortHandle> = runners.iter().map(JoinHandle::abort_handle).collect();
        let mut ended = Box::pin(join_all(runners));
        if cause == Cause::Asked {
            tracing::info!(
                event = "worker.draining",
                running = self.running(),
                "running jobs may end by themselves"
            );
            tokio::select! {
                _ = &mut ended => return,
                () = self.core.phases.release.cancelled() => {}
                () = self.core.tasks.alarm().cancelled() => {}
                () = tokio::time::sleep(self.drain_for) => {}
            }
        }
        tracing::info!(event = "worker.releasing", running = self.running(), "running jobs are given back");
        self.queues.iter().for_each(|queue| queue.holdings.interrupt_all());
        if timeout(self.core.stop_grace + CALL_PATIENCE, &mut ended).await.is_err() {
            aborts.iter().for_each(AbortHandle::abort);
        }
    }

    /// Gives back what the engine counts as the worker's although the answers that said so were lost.
    async fn reconcile(&self) -> Certainty {
        let queues = join_all(self.queues.iter().map(|queue| self.reconcile_one(queue)));
        match timeout(RECONCILE_PATIENCE, queues).await {
            Ok(_) => Certainty::Certain,
            Err(_) => Certainty::Uncertain,
        }
    }

    async fn reconcile_one(&self, queue: &ServedQueue) {
        let mut outage = self.core.outage("shutdown", &queue.name);
        while let Err(error) = reconcile(&self.core, queue).await {
            sleep(outage.failed(&error)).await;
        }
    }

    fn running(&self) -> usize {
        self.queues.iter().map(|queue| queue.holdings.len()).sum()
    }

    fn settled(&self) -> (u64, u64) {
        let tally = &self.core.tally;
        (tally.finished.load(Ordering::Relaxed), tally.released.load(Ordering::Relaxed))
    }
}

/// Waits for tasks, and cuts off those that take longer.
async fn wait_or_abort(tasks: Vec<JoinHandle<()>>, patience: Duration) {
    let aborts: Vec<AbortHandle> = tasks.iter().map(JoinHandle::abort_handle).collect();
    if timeout(patience, join_all(tasks)).await.is_err() {
        aborts.iter().for_each(AbortHandle::abort);
    }
}
