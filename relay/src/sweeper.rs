//! Large values whose jobs are gone.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use windlass_queue::{Engine, EngineError, PutAside};
use windlass_shared::{Clock, JobId, Timestamp};
use windlass_store::blobs::{BlobOwner, Blobs, StoredBlob};
use windlass_store::{History, JobEnd};

use crate::error::RelayError;

/// What is younger may belong to a job that is about to be enqueued.
const YOUNG: Duration = Duration::from_hours(1);
/// How many blobs are looked at together. The engine answers whole jobs, so these are not many.
const CHUNK: usize = 100;

/// Removes large values of jobs that the engine does not know any more and to which nothing in the history leads: they have outlived their job, or
/// never had one, because whoever stored them died before it was enqueued.
///
/// Nothing is remembered between two runs, so any number may run at the same time, and any may die anywhere.
#[derive(Debug)]
pub struct Sweeper {
    blobs: Blobs,
    engine: Arc<dyn Engine>,
    history: History,
    clock: Arc<dyn Clock>,
}

/// What a sweep came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SweepReport {
    /// How many values there were.
    pub seen: usize,
    /// How many were too young to be looked at.
    pub young: usize,
    /// How many were removed.
    pub removed: usize,
    /// How many stay because the engine cannot tell whether their job exists.
    pub unclear: usize,
}

impl Sweeper {
    /// A sweeper of `blobs`, of which each belongs to a job of `engine`, or to one that `history` remembers.
    pub fn new(blobs: Blobs, engine: Arc<dyn Engine>, history: History, clock: Arc<dyn Clock>) -> Self {
        Self { blobs, engine, history, clock }
    }

    /// Looks at every value once.
    pub async fn run_once(&self) -> Result<SweepReport, RelayError> {
        let (mut report, young) = (SweepReport::default(), self.clock.now().minus(YOUNG));
        let mut chunks = self.blobs.walk().chunks(CHUNK);
        while let Some(chunk) = chunks.next().await {
            let chunk: Vec<_> = chunk.into_iter().collect::<Result<_, _>>()?;
            report.seen += chunk.len();
            let (old, recent): (Vec<_>, Vec<_>) = chunk.into_iter().partition(|blob| is_old(blob, young));
            report.young += recent.len();
            self.sweep(owners(old), young, &mut report).await?;
        }
        Ok(report)
    }

    async fn sweep(
        &self,
        owners: HashSet<BlobOwner>,
        young: Timestamp,
        report: &mut SweepReport,
    ) -> Result<(), RelayError> {
        let owners: Vec<_> = owners.into_iter().collect();
        if owners.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = owners.iter().map(BlobOwner::id).collect();
        // The engine first: what it lets go of is in the history by then, and not the other way round.
        let held: HashSet<JobId> = match self.engine.get(&ids).await {
            Ok(jobs) => jobs.into_iter().flatten().map(|job| job.id).collect(),
            Err(error) if error.is_transient() => return Err(error.into()),
            Err(error) => {
                report.unclear += owners.len();
                unclear(&error, owners.len());
                return Ok(());
            }
        };
        for owner in owners.iter().filter(|owner| !held.contains(&owner.id())) {
            if !self.history.latest(owner.id(), None).await?.is_some_and(|row| leads_to_blobs(&row)) {
                report.removed += self.remove(owner, young).await?;
            }
        }
        Ok(())
    }

    /// Looks again before it removes anything: somebody may be storing the same for a job that is enqueued a second time.
    async fn remove(&self, owner: &BlobOwner, young: Timestamp) -> Result<usize, RelayError> {
        let found: Vec<StoredBlob> = self.blobs.walk_of(owner).try_collect().await?;
        if !found.iter().all(|blob| is_old(blob, young)) {
            return Ok(0);
        }
        for StoredBlob { blob, .. } in &found {
            self.blobs.delete(owner, blob).await?;
        }
        Ok(found.len())
    }
}

fn is_old(blob: &StoredBlob, young: Timestamp) -> bool {
    blob.stored_at < young
}

/// Whether a row of the history has a reference. Where payloads are left out of it, it has none, and what they were goes with
/// the job.
fn leads_to_blobs(row: &JobEnd) -> bool {
    [&row.args, &row.result].into_iter().flatten().any(|text| PutAside::read(text.as_bytes()).is_some())
}

fn owners(blobs: Vec<StoredBlob>) -> HashSet<BlobOwner> {
    blobs.into_iter().map(|blob| blob.owner).collect()
}

fn unclear(error: &EngineError, owners: usize) {
    tracing::warn!(event = "blobs.unclear", %error, owners, "large values stay where they are");
}
