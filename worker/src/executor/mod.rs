//! One claimed job, from its start to its verdict.

mod attempt;
mod verdict;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::Instrument;
use windlass_queue::{ClaimedJob, Fenced, JobContext, Verdict};
use windlass_shared::Claim;

use self::attempt::{Attempt, Work};
use self::verdict::verdict;
use crate::claimer::StartedJob;
use crate::core::{Core, ServedQueue};
use crate::holdings::Signals;
use crate::reports::JobReporter;

/// How long a job waits whose kind this worker does not serve: another worker may, or the next deploy will.
const UNSERVED_WAIT: Duration = Duration::from_secs(30);
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
            return unserved(&job);
        };
        if job.suspect && self.begin_alone(&job, signals).await == Begun::No {
            return Verdict::Release;
        }
        let deadline = Instant::now() + job.timeout.min(LONGEST);
        let context = self.context(&job, deadline, signals);
        let work = Work { handler: Arc::clone(handler), args: job.args.clone(), context };
        let attempt = Attempt::start(&self.core.tasks, work, kind.execution);
        let ended = attempt.watch(signals, deadline, &self.core).await;
        let verdict =
            verdict(&job, ended, &kind.backoff, self.core.entropy.fraction(), self.core.clock.now());
        tracing::debug!(event = "job.ended", verb = verdict.verb(), "the attempt has ended");
        verdict
    }

    fn context(&self, job: &ClaimedJob, deadline: Instant, signals: &Signals) -> JobContext {
        let reporter = JobReporter::new(Arc::clone(&self.queue.reports), Arc::clone(&self.core.clock), job);
        JobContext::new(job, deadline, signals.stop.clone(), Arc::new(reporter))
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

fn unserved(job: &ClaimedJob) -> Verdict {
    tracing::warn!(
        event = "job.unserved",
        "this worker has no handler for the kind; the job comes back later"
    );
    let reason = format!("no handler for kind {} in this worker", job.kind);
    Verdict::Snooze { after: UNSERVED_WAIT, reason: Some(reason) }
}
