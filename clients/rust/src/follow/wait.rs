use std::marker::PhantomData;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::watch::Watch;
use crate::client::Client;
use crate::enqueue::Enqueued;
use crate::error::Error;
use crate::id::JobId;
use crate::jobs::JobView;

/// A job by its id, together with what it results in. It is made from [`Enqueued`], or from a [`JobId`].
#[derive(Debug)]
pub struct JobHandle<Output = Value> {
    id: JobId,
    output: PhantomData<fn() -> Output>,
}

impl<Output> From<JobId> for JobHandle<Output> {
    fn from(id: JobId) -> Self {
        Self { id, output: PhantomData }
    }
}

impl<Output> From<&Enqueued<Output>> for JobHandle<Output> {
    fn from(job: &Enqueued<Output>) -> Self {
        job.id.into()
    }
}

impl Client {
    /// Waits for what a job results in, up to `limit`.
    ///
    /// A server that is away for a while does not end the wait. [`Error::Unsuccessful`] has the job that was cancelled or given
    /// up; [`Error::NotOver`] says that the limit was reached, and the job goes on.
    pub async fn wait<O: DeserializeOwned>(
        &self,
        job: impl Into<JobHandle<O>>,
        limit: Duration,
    ) -> Result<O, Error> {
        self.wait_until_over(job.into().id, limit).await?.output()
    }

    /// Waits until a job is over, up to `limit`, however it ends.
    pub async fn wait_until_over(&self, id: JobId, limit: Duration) -> Result<JobView, Error> {
        let deadline = Instant::now() + limit;
        let mut watch = Watch::new(self.clone(), id);
        loop {
            match timeout_at(deadline, watch.look()).await {
                Ok(Ok(job)) if job.state.is_final() => return Ok(job),
                Ok(Err(error)) if !error.is_transient() => return Err(error),
                // Not over, or not to be seen for the moment.
                Ok(_) => {}
                Err(_) => return Err(Error::NotOver { id: watch.id(), limit, state: watch.state() }),
            }
        }
    }
}
