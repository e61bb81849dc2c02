//! One claimed job, from its start to its verdict.

mod attempt;
mod runtime;
mod verdict;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::Instrument;
use windlass_queue::{ClaimedJob, Fenced, JobContext, Verdict};
use windlass_shared::Claim;

use self::attempt::{Attempt, Cause, Ended, Handling, Work};
use self::runtime::AttemptRuntime;
use self::verdict::verdict;
use crate::claimer::StartedJob;
use crate::core::{Core, ServedQueue};
use crate::holdings::Signals;

/// How long an attempt may take at most, whatever is stored.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// Runs the jobs of one queue.
#[derive(Debug)]
pub(crate) struct Executor {
    core: Arc<Core>,
    queue: Arc<ServedQueue>,
}

impl Executor {
    /// An executor for what is claimed from `queue`.
    pub(crate) const fn new(core: Arc<Core>, queue: Arc<ServedQueue>) -> Self {
        Self { core, queue }
    }

    /// Runs a job and hands its verdict to the settler. Never fails: whatever happens is a verdict.
    pub(crate) async fn execute(self: Arc<Self>, started: StartedJob) {
        let StartedJob { job, signals } = started;
        let span = tracing::info_span!(
            "job.run",
            queue = %self.queue.name, job.id = %job.claim.job, job.kind = %job.kind, job.attempt = job.attempt,
        );
        let claim = job.claim;
        let verdict = self.run(job, &signals).instrument(span).await;
        self.queue.settle(claim, verdict);
    }

    /// Gives a job back whose execution broke down, through a defect of the worker.
    pub(crate) fn abandon(&self, claim: Claim) {
        tracing::error!(event = "job.abandoned", job.id = %claim.job, "the worker failed to run a job; it is given back");
        self.queue.settle(claim, Verdict::Release);
    }

    async fn run(&self, job: ClaimedJob, signals: &Signals) -> Verdict {
        if signals.interrupt.is_cancelled() {
            return Verdict::Release;
        }
        let (Some(handler), Ok(kind)) =
            (self.core.registry.handler(&job.kind), self.core.registry.catalog().get(job.kind.as_str()))
        else {
            return unserved();
        };
        if job.suspect && self.begin_alone(&job, signals).await == Begun::No {
            return Verdict::Release;
        }
        let deadline = Instant::now() + job.timeout.min(LONGEST);
        let context = self.context(&job, deadline, signals);
        let work = Work { handler: Arc::clone(handler), args: job.args.clone(), context };
        let attempt = Attempt::start(&self.core, work, kind.execution);
        let ended = attempt.watch(signals, deadline, &self.core).await;
        if let Ended::Stopped(cause, Handling::Stuck) = ended {
            self.left_behind(&job, cause);
        }
        let verdict =
            verdict(&job, ended, &kind.backoff, self.core.entropy.fraction(), self.core.clock.now());
        tracing::debug!(event = "job.ended", verb = verdict.verb(), "the attempt has ended");
        verdict
    }

    fn context(&self, job: &ClaimedJob, deadline: Instant, signals: &Signals) -> JobContext {
        let runtime = AttemptRuntime::new(Arc::clone(&self.core), Arc::clone(&self.queue), job, deadline);
        JobContext::new(job, deadline, signals.stop.clone(), runtime)
    }

    /// Tells of a handler that goes on although its attempt has ended. Its slot is free for others once the end is
    /// written; what it brings back is not waited for.
    fn left_behind(&self, job: &ClaimedJob, cause: Cause) {
        self.core.tally.stuck.fetch_add(1, Ordering::Relaxed);
        let why = match cause {
            Cause::TimedOut => "after its time was over",
            Cause::Interrupted => "when it was interrupted",
            Cause::Cancelled => "when its cancellation was requested",
        };
        let line = format!(
            "the handler blocks its thread and did not stop {why}, for {:?}; it is left behind, and its result will not count",
            self.core.stop_grace
        );
        tracing::error!(event = "job.stuck", "{line}");
        self.queue.reports.log(job.claim, job.attempt, self.core.clock.now(), &line);
    }

    /// Writes down that a suspect starts now, before it can do any harm: should this process die, that is the
    /// proof.
    async fn begin_alone(&self, job: &ClaimedJob, signals: &Signals) -> Begun {
        let mut outage = self.core.outage("executor", &self.queue.name);
        loop {
            let pause = match self.core.engine.begin_alone(job.claim).await {
                Ok(Fenced::Applied) => return Begun::Yes,
                Ok(Fenced::Stale) => return Begun::No,
                Err(error) => outage.failed(&error),
            };
            tokio::select! {
                () = signals.interrupt.cancelled() => return Begun::No,
                () = sleep(pause) => {}
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    Yes,
    No,
}

/// A claim brings only what the worker serves, so this is a defect of the engine.
fn unserved() -> Verdict {
    tracing::error!(
        event = "job.unserved",
        "the engine gave a job that this worker has no handler for; it is given back"
    );
    Verdict::Release
}
