use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use windlass_shared::{Percent, StepName};

use super::JobError;
use crate::client::EnqueueRequest;
use crate::engine::{Fenced, NewJob, Records, StepAnswer};
use crate::rules::Scope;

/// What one attempt of a job needs of whoever runs it. The worker has the one that stores all of this.
///
/// What waits for the engine goes on waiting through an outage, until the attempt is over.
#[async_trait]
pub trait JobRuntime: Debug + Send + Sync + 'static {
    /// How far the job is. Only the newest counts; it is stored soon, not at once.
    fn progress(&self, percent: Percent, message: Option<String>);

    /// A line of its log.
    fn log(&self, line: String);

    /// What earlier attempts have recorded; `None` when the attempt's claim has ended.
    async fn records(&self) -> Result<Option<Records>, JobError>;

    /// Records the result of a step, unless the step has one.
    async fn record_step(&self, step: &StepName, result: Bytes) -> Result<StepAnswer, JobError>;

    /// Records how far the work has come.
    async fn checkpoint(&self, cursor: Bytes) -> Result<Fenced, JobError>;

    /// Checks a job that is to follow from this one, and gives it an id.
    async fn prepare_child(&self, request: EnqueueRequest) -> Result<NewJob, JobError>;

    /// Holds up a part of the job's queue.
    async fn hold(&self, scope: &Scope, lasts: Duration, note: &str) -> Result<(), JobError>;
}
