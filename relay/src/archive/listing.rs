use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;
use windlass_queue::{Job, Page};
use windlass_shared::{JobId, QueueName};
use windlass_store::{History, HistoryCursor, HistoryFilter, JobEnd, Runs};

use super::{Archive, ArchiveCursor, ArchiveFilter, Found, Source, past};
use crate::error::RelayError;

/// For how long a page is filled up before it is given as it is: few of many may match.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many rows of the history are read at once at the least.
const ROWS: usize = 50;

/// A page of jobs.
#[derive(Debug, Default)]
pub struct ArchivePage {
    /// The jobs.
    pub jobs: Vec<Found>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<ArchiveCursor>,
}

/// Which of the jobs that match may be shown.
pub type MayBeShown<'a> = &'a (dyn Fn(&Job) -> bool + Send + Sync);

/// A page in the making.
struct Listing<'a> {
    archive: &'a Archive,
    filter: &'a ArchiveFilter,
    may_be_shown: MayBeShown<'a>,
    most: usize,
    until: Instant,
    jobs: Vec<Found>,
}

impl Archive {
    /// A page of up to `most` jobs that match and may be shown: first what the engine holds, as it lists it, then what only
    /// the history knows, those that ended last first. A page may be short although more follow. What moves between two
    /// pages may be seen twice or not at all.
    pub async fn list(
        &self,
        filter: &ArchiveFilter,
        may_be_shown: MayBeShown<'_>,
        after: Option<ArchiveCursor>,
        most: usize,
    ) -> Result<ArchivePage, RelayError> {
        let until = Instant::now() + PATIENCE;
        let mut listing =
            Listing { archive: self, filter, may_be_shown, most: most.max(1), until, jobs: Vec::new() };
        let next = listing.fill(after).await?;
        Ok(ArchivePage { jobs: listing.jobs, next })
    }
}

impl Listing<'_> {
    fn is_done(&self) -> bool {
        self.jobs.len() >= self.most || Instant::now() > self.until
    }

    async fn fill(&mut self, after: Option<ArchiveCursor>) -> Result<Option<ArchiveCursor>, RelayError> {
        match after {
            Some(ArchiveCursor::History(from)) => self.fill_from_history(from).await,
            Some(ArchiveCursor::Queue(_)) | None => {
                let in_queue = self.fill_from_queue(after).await?;
                if in_queue.is_some() {
                    return Ok(in_queue);
                }
                match self.fill_from_history(None).await {
                    // What the queues hold is told all the same, and who goes on hears of it.
                    Err(RelayError::Store(error)) if error.is_transient() => {
                        Ok(Some(ArchiveCursor::History(None)))
                    }
                    next => next,
                }
            }
        }
    }

    async fn fill_from_history(
        &mut self,
        mut from: Option<HistoryCursor>,
    ) -> Result<Option<ArchiveCursor>, RelayError> {
        let (Some(history), Some(filter)) = (&self.archive.history, self.in_history()) else {
            return Ok(None);
        };
        loop {
            if self.is_done() {
                return Ok(Some(ArchiveCursor::History(from)));
            }
            let rows = self.rows(history, &filter, from.as_ref()).await?;
            if rows.is_empty() {
                return Ok(None);
            }
            from = self.take(rows).await?.or(from);
        }
    }

    async fn fill_from_queue(
        &mut self,
        after: Option<ArchiveCursor>,
    ) -> Result<Option<ArchiveCursor>, RelayError> {
        let mut from = match after {
            Some(ArchiveCursor::Queue(from)) => Some(from),
            Some(ArchiveCursor::History(_)) | None => None,
        };
        loop {
            let most = self.most - self.jobs.len();
            let Page { jobs, next } =
                self.archive.engine.list(&self.filter.jobs, from.as_ref(), most).await?;
            let shown = jobs.into_iter().filter(|job| self.filter.admits(job) && (self.may_be_shown)(job));
            let shown: Vec<_> = shown.map(|job| Found { job, source: Source::Queue }).collect();
            self.jobs.extend(shown);
            let Some(next) = next else { return Ok(None) };
            if self.is_done() {
                return Ok(Some(ArchiveCursor::Queue(next)));
            }
            from = Some(next);
        }
    }

    /// What the history is asked for; `None` where it has nothing of what is wanted.
    fn in_history(&self) -> Option<HistoryFilter> {
        let wanted = &self.filter.jobs;
        if wanted.state.is_some_and(|state| !state.is_final()) {
            return None;
        }
        Some(HistoryFilter {
            organization: wanted.tenant.clone(),
            runs: Runs::Final,
            states: wanted.state.into_iter().collect(),
            queues: wanted.queue.iter().cloned().collect(),
            kinds: wanted.kind.iter().cloned().collect(),
            tags: wanted.tag.iter().cloned().collect(),
            // What was enqueued later has not ended before.
            from: self.filter.finished_from.max(wanted.created_from),
            until: self.filter.finished_before,
            error: self.filter.error.clone(),
        })
    }

    async fn rows(
        &self,
        history: &History,
        filter: &HistoryFilter,
        from: Option<&HistoryCursor>,
    ) -> Result<Vec<JobEnd>, RelayError> {
        let most = (self.most - self.jobs.len()).max(ROWS);
        Ok(history.list(filter, from, most as u64).await?)
    }

    /// Adds those of the rows that are wanted, up to the one that fills the page; answers the last one that was looked at.
    async fn take(&mut self, rows: Vec<JobEnd>) -> Result<Option<HistoryCursor>, RelayError> {
        let held = self.held(&rows).await?;
        let mut last = None;
        for row in rows {
            if self.jobs.len() >= self.most {
                break;
            }
            last = Some(row.cursor());
            if held.contains(&row.job) {
                continue;
            }
            let job = past(row);
            if self.filter.jobs.admits(&job) && (self.may_be_shown)(&job) {
                self.jobs.push(Found { job, source: Source::History });
            }
        }
        Ok(last)
    }

    /// Which of these jobs the engine holds: they were listed before, or are alive again.
    async fn held(&self, rows: &[JobEnd]) -> Result<HashSet<JobId>, RelayError> {
        let mut queues: HashMap<&QueueName, Vec<JobId>> = HashMap::new();
        for row in rows {
            queues.entry(&row.queue).or_default().push(row.job);
        }
        let mut held = HashSet::new();
        for (queue, jobs) in queues {
            let found = self.archive.engine.glance(queue, &jobs).await?;
            held.extend(found.into_iter().flatten().map(|job| job.id));
        }
        Ok(held)
    }
}
