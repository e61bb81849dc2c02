use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::context::TokioContext;
use windlass_queue::{
    ClaimedJob, EngineError, EnqueueError, EnqueueRequest, Fenced, JobError, JobRuntime, NewJob, Records,
    Scope, StepAnswer,
};
use windlass_shared::{Claim, Percent, StepName};

use super::Executor;
use crate::outage::pause_after;

/// Does for one attempt what its handler asks for.
#[derive(Debug)]
pub(super) struct AttemptRuntime {
    executor: Arc<Executor>,
    claim: Claim,
    attempt: u16,
    deadline: Instant,
}

impl AttemptRuntime {
    /// The runtime of one attempt.
    pub(super) const fn new(executor: Arc<Executor>, job: &ClaimedJob, deadline: Instant) -> Self {
        Self { executor, claim: job.claim, attempt: job.attempt, deadline }
    }

    /// Repeats a call through an outage, for as long as the attempt lasts.
    ///
    /// A connection that a call opens is everybody's, so what drives it must not depend on the threads of handlers.
    async fn persist<T, F>(&self, call: impl Fn() -> F + Send + Sync) -> Result<T, JobError>
    where
        F: Future<Output = Result<T, EngineError>> + Send,
    {
        let mut failures = 0;
        loop {
            match TokioContext::new(call(), self.executor.threads.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) if error.is_transient() => {
                    failures += 1;
                    self.wait(failures, &error).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits until it is worth asking again. The parts of the worker that ask all the time tell of the outage.
    async fn wait(&self, failures: u16, error: &EngineError) -> Result<(), JobError> {
        // A handler that was left behind holds nothing any more.
        let signals = self.executor.queue.holdings.signals(&self.claim).ok_or(JobError::Interrupted)?;
        tokio::select! {
            () = signals.interrupted() => Err(JobError::Interrupted),
            () = sleep_until(self.deadline) => Err(JobError::transient(format!(
                "the attempt's time was over before the engine answered: {error}"
            ))),
            () = sleep(pause_after(failures, &self.executor.core.entropy)) => Ok(()),
        }
    }

    /// The claim has ended: whatever its handler makes of that, it must not go on.
    fn stale(&self) {
        tracing::warn!(
            event = "job.stale", job.id = %self.claim.job,
            "the claim has ended, what its handler wanted to record is not recorded; the handler is stopped"
        );
        self.executor.queue.holdings.interrupt(&[self.claim]);
    }
}

#[async_trait]
impl JobRuntime for AttemptRuntime {
    fn progress(&self, percent: Percent, message: Option<String>) {
        self.executor.queue.reports.progress(self.claim, percent, message);
    }

    fn log(&self, line: String) {
        self.executor.queue.reports.log(self.claim, self.attempt, self.executor.core.clock.now(), &line);
    }

    async fn records(&self) -> Result<Option<Records>, JobError> {
        let records = self.persist(|| self.executor.core.engine.records(self.claim)).await?;
        if records.is_none() {
            self.stale();
        }
        Ok(records)
    }

    async fn record_step(&self, step: &StepName, result: Bytes) -> Result<StepAnswer, JobError> {
        let answer =
            self.persist(|| self.executor.core.engine.record_step(self.claim, step, result.clone())).await?;
        if answer == StepAnswer::Stale {
            self.stale();
        }
        Ok(answer)
    }

    async fn checkpoint(&self, cursor: Bytes) -> Result<Fenced, JobError> {
        let answer =
            self.persist(|| self.executor.core.engine.checkpoint(self.claim, cursor.clone())).await?;
        if answer == Fenced::Stale {
            self.stale();
        }
        Ok(answer)
    }

    async fn prepare_child(&self, request: EnqueueRequest) -> Result<NewJob, JobError> {
        let prepared = self
            .persist(|| async {
                match self.executor.core.client.prepare(request.clone()).await {
                    Err(EnqueueError::Engine(error)) => Err(error),
                    prepared => Ok(prepared),
                }
            })
            .await?;
        prepared.map_err(|error| JobError::permanent(format!("a job that follows is not accepted: {error}")))
    }

    async fn hold(&self, scope: &Scope, lasts: Duration, note: &str) -> Result<(), JobError> {
        self.persist(|| self.executor.core.engine.hold(&self.executor.queue.name, scope, lasts, note)).await
    }
}
