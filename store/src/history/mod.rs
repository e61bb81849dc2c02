//! What became of jobs: a row for each end of a claim, kept beyond what the engine still holds.

mod entity;
mod filter;
mod insert;
mod job_end;
mod latest;
mod list;
mod positions;
mod record;
mod recording;
mod removal;
mod row;
mod tags;

use windlass_shared::{JobId, QueueName, TenantId, Timestamp};

pub use self::filter::{HistoryCursor, HistoryFilter, Runs};
pub use self::job_end::{JobEnd, Verb};
pub use self::recording::{Gap, QueuePosition, Recorded, Recording, Step};
use crate::error::StoreError;
use crate::store::Store;

/// What became of jobs.
#[derive(Debug, Clone)]
pub struct History {
    store: Store,
}

impl History {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Records everything in one transaction, or nothing where somebody else has moved the position. Repeating a call
    /// whose answer was lost is harmless: it is overtaken by itself.
    pub async fn record(&self, recording: &Recording, now: Timestamp) -> Result<Recorded, StoreError> {
        record::record(&self.store, recording, now).await
    }

    /// How far this queue's events have been recorded; `None` when they never were.
    pub async fn position(&self, queue: &QueueName) -> Result<Option<QueuePosition>, StoreError> {
        positions::get(self.store.writing(), queue).await
    }

    /// The same for every queue, by name.
    pub async fn positions(&self) -> Result<Vec<QueuePosition>, StoreError> {
        positions::all(self.store.reading()).await
    }

    /// Notes that what was lost of a queue in its first `gaps` gaps has been made up for: as many as its position told of
    /// before the repair looked at anything. It is never taken back.
    pub async fn repaired(&self, queue: &QueueName, gaps: u64) -> Result<(), StoreError> {
        positions::repaired(self.store.writing(), queue, gaps).await
    }

    /// At most `most` rows that fit, those that ended last first, those behind `after`; each with all that was recorded.
    pub async fn list(
        &self,
        filter: &HistoryFilter,
        after: Option<&HistoryCursor>,
        most: u64,
    ) -> Result<Vec<JobEnd>, StoreError> {
        list::list(&self.store, filter, after, most).await
    }

    /// Everything about a job, the oldest first: within an organization or, with `None`, whosever it is.
    pub async fn runs_of(&self, job: JobId, of: Option<&TenantId>) -> Result<Vec<JobEnd>, StoreError> {
        list::runs_of(&self.store, job, of).await
    }

    /// The newest row of a job: within an organization or, with `None`, whosever it is.
    pub async fn latest(&self, job: JobId, of: Option<&TenantId>) -> Result<Option<JobEnd>, StoreError> {
        Ok(self.runs_of(job, of).await?.pop())
    }

    /// Removes everything about these jobs; answers how many rows that were.
    pub async fn delete(&self, jobs: &[JobId]) -> Result<u64, StoreError> {
        removal::delete(&self.store, jobs).await
    }

    /// Removes at most `most` rows from before this moment, the oldest first; answers how many.
    pub async fn prune(&self, before: Timestamp, most: u64) -> Result<u64, StoreError> {
        removal::prune(&self.store, before, most).await
    }
}

impl JobEnd {
    /// Where it stands in a list.
    pub fn cursor(&self) -> HistoryCursor {
        HistoryCursor { ended_at: self.ended_at, job: self.job, claim: self.claim }
    }
}
