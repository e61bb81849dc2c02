use async_trait::async_trait;
use windlass_shared::{BatchId, JobId};

use super::EngineError;
use crate::batch::{Batch, NewBatch};

/// The role that keeps batches: see [`Batch`].
#[async_trait]
pub trait KeepBatches {
    /// Opens a batch. One that is there already stays as it is.
    async fn open_batch(&self, batch: &NewBatch) -> Result<(), EngineError>;

    /// Writes down jobs as members before they are enqueued. Members that are there already count once.
    async fn add_to_batch(&self, batch: BatchId, members: &[JobId]) -> Result<BatchAnswer, EngineError>;

    /// Strikes out members of an open batch that were not accepted after all.
    async fn remove_from_batch(&self, batch: BatchId, members: &[JobId]) -> Result<BatchAnswer, EngineError>;

    /// Closes the batch for members. When none is pending, it ends at once and its callback is enqueued.
    async fn seal_batch(&self, batch: BatchId) -> Result<BatchAnswer, EngineError>;

    /// The batch as it is now, if it exists.
    async fn batch(&self, batch: BatchId) -> Result<Option<Batch>, EngineError>;
}

/// What became of a call on a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchAnswer {
    /// It was applied, now or before.
    Applied,
    /// The batch is sealed and takes no change of its members.
    Sealed,
    /// It would have more than [`MAX_BATCH_MEMBERS`](crate::MAX_BATCH_MEMBERS); nothing changed.
    Full,
    /// There is no such batch.
    NotFound,
}
