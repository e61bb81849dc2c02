//! Claimed jobs, from their start to their verdicts.

mod attempt;
mod course;
mod lot;
mod runtime;
mod verdict;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::join_all;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, sleep_until};
use windlass_queue::{ClaimedJob, Execution, Fenced, JobContext, Verdict};
use windlass_shared::Claim;

use self::attempt::{Attempt, Cause, Ended, Handling};
use self::lot::Lot;
use self::runtime::AttemptRuntime;
use self::verdict::verdict;
use crate::claimer::StartedJob;
use crate::core::{Core, ServedQueue};
use crate::crew::Place;
use crate::holdings::Signals;

/// How long an attempt may take at most, whatever is stored.
const LONGEST: Duration = Duration::from_hours(365 * 24);
/// How long a handler that had its time to stop may take to be dropped.
const LAST_MOMENT: Duration = Duration::from_millis(250);
/// How long jobs run before each gets somebody who watches it. Most have ended by then.
const UNWATCHED: Duration = Duration::from_millis(2);

/// Runs the jobs of one queue.
#[derive(Debug)]
pub(crate) struct Executor {
    core: Arc<Core>,
    queue: Arc<ServedQueue>,
    /// Where the worker runs, apart from its handlers.
    threads: Handle,
}

impl Executor {
    /// An executor for what is claimed from `queue`; made where the worker runs.
    pub(crate) fn new(core: Arc<Core>, queue: Arc<ServedQueue>) -> Self {
        Self { core, queue, threads: Handle::current() }
    }

    /// Runs jobs that were claimed together, until the last one has ended, and hands their verdicts to the settler as
    /// they come. Never fails: whatever happens is a verdict.
    pub(crate) async fn execute(self: Arc<Self>, jobs: Vec<StartedJob>) {
        let (mut shared, mut apart) = (VecDeque::with_capacity(jobs.len()), Vec::new());
        for started in jobs {
            let Some(execution) = self.may_begin(&started.job, &started.signals).await else { continue };
            let deadline = Instant::now() + started.job.timeout.min(LONGEST);
            let attempt = Arc::new(Attempt::new(Arc::clone(&self), started, deadline));
            match execution {
                Execution::Async => shared.push_back(attempt),
                Execution::Blocking => apart.push(attempt),
            }
        }
        for attempt in &apart {
            self.start_apart(Arc::clone(attempt));
        }
        let apart = watch(apart, None);
        if shared.is_empty() {
            apart.await;
        } else {
            tokio::join!(apart, self.run_shared(shared));
        }
    }

    /// Gives back jobs whose execution broke down, through a defect of the worker.
    pub(crate) fn abandon(&self, claims: &[Claim]) {
        for claim in claims.iter().filter(|claim| self.queue.holdings.is_running(claim)) {
            tracing::error!(event = "job.abandoned", job.id = %claim.job, "the worker failed to run a job; it is given back");
            self.queue.settle(*claim, Verdict::Release);
        }
    }

    /// How a job is to be run; `None` when it is settled instead.
    async fn may_begin(&self, job: &ClaimedJob, signals: &Signals) -> Option<Execution> {
        let verdict = match self.core.registry.catalog().get(job.kind.as_str()) {
            Ok(kind) if self.core.registry.handler(&job.kind).is_some() => {
                let is_interrupted = signals.is_interrupted();
                if !is_interrupted && (!job.suspect || self.begin_alone(job, signals).await == Begun::Yes) {
                    return Some(kind.execution);
                }
                Verdict::Release
            }
            _ => unserved(),
        };
        self.queue.settle(job.claim, verdict);
        None
    }

    /// Runs jobs on the threads of a crew.
    async fn run_shared(&self, attempts: VecDeque<Arc<Attempt>>) {
        let mut left: Vec<_> = attempts.iter().cloned().collect();
        let first_deadline = left.iter().map(|attempt| attempt.deadline).min();
        let until = first_deadline.into_iter().fold(Instant::now() + UNWATCHED, Instant::min);
        let lot = Arc::new(Lot::new(Arc::clone(&self.core), Arc::clone(&self.queue), attempts));
        lot.start();
        tokio::select! {
            biased;
            () = lot.ended() => return,
            () = sleep_until(until) => {}
        }
        left.retain(|attempt| !attempt.is_over());
        tokio::join!(watch(left, Some(&lot.place)), lot.keep_starting());
    }

    /// Runs a job on a thread of its own.
    fn start_apart(&self, attempt: Arc<Attempt>) {
        let threads = self.threads.clone();
        self.core.tasks.spawn_blocking(move || {
            if let Some(course) = attempt.begin() {
                threads.block_on(course);
            }
        });
    }

    /// What follows from the end of an attempt.
    fn conclude(&self, job: &ClaimedJob, ended: Ended) -> Verdict {
        if let Ended::Stopped(cause, Handling::Stuck) = ended {
            self.left_behind(job, cause);
        }
        let Ok(kind) = self.core.registry.catalog().get(job.kind.as_str()) else { return unserved() };
        let verdict = verdict(job, ended, &kind.backoff, self.core.entropy.fraction(), self.core.clock.now());
        tracing::debug!(event = "job.ended", verb = verdict.verb(), "the attempt has ended");
        verdict
    }

    fn context(self: &Arc<Self>, attempt: &Attempt) -> JobContext {
        let runtime = AttemptRuntime::new(Arc::clone(self), &attempt.job, attempt.deadline);
        JobContext::new(&attempt.job, attempt.deadline, attempt.signals.stop.clone(), runtime)
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
                () = signals.interrupted() => return Begun::No,
                () = sleep(pause) => {}
            }
        }
    }
}

/// Watches attempts until all have ended. Lets go of each as it ends: the others may take long, and arguments be large.
async fn watch(attempts: Vec<Arc<Attempt>>, place: Option<&Place>) {
    join_all(attempts.into_iter().map(|attempt| async move { attempt.watch(place).await })).await;
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
