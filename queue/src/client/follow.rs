use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};
use windlass_shared::JobId;

use super::{Client, EnqueueError, WaitError};
use crate::engine::{EngineError, Redrive, RedriveAnswer};
use crate::job::Job;

/// How long it takes from one look at a job to the next: at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

impl Client {
    /// Makes a job run now: one that waits for its time, or again one that has ended. Other `args` are checked against
    /// the schema of its kind; a job with a unique key keeps those that it has ([`RedriveAnswer::ArgsFixed`]).
    pub async fn retry(&self, job: JobId, args: Option<Value>) -> Result<RedriveAnswer, EnqueueError> {
        let args = match args {
            Some(args) => {
                let Some(found) = self.look_up(job).await? else { return Ok(RedriveAnswer::NotFound) };
                self.catalog().check(found.kind.as_str(), &args)?;
                let args = self.encode(&args)?;
                Some(self.carried_args(&found.tenant, job, args).await?)
            }
            None => None,
        };
        self.engine().redrive(&[Redrive { job, args }]).await?.pop().ok_or(EnqueueError::NoAnswer)
    }

    /// Waits until a job has ended, and answers it. It is looked up again and again, so this is for tests, tools and
    /// examples: an application would rather have the handler tell whoever needs to know.
    pub async fn wait(&self, job: JobId, timeout: Duration) -> Result<Job, WaitError> {
        let (until, (mut pause, longest)) = (Instant::now() + timeout, PAUSE);
        loop {
            let found = self.look_up(job).await?.ok_or(WaitError::NotFound(job))?;
            if found.state.is_final() {
                return Ok(found);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(WaitError::TimedOut { job, state: found.state, waited: timeout });
            }
            sleep(pause.min(left)).await;
            pause = (pause * 2).min(longest);
        }
    }

    async fn look_up(&self, job: JobId) -> Result<Option<Job>, EngineError> {
        Ok(self.engine().get(&[job]).await?.pop().flatten())
    }
}
