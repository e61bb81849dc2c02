//! All jobs of an installation: those that the engine holds, and those that only the history still knows.

mod cursor;
mod listing;
mod past;

use std::sync::Arc;

use windlass_queue::{Engine, Job, JobFilter};
use windlass_shared::{JobId, Timestamp};
use windlass_store::{History, JobEnd};

pub use self::cursor::ArchiveCursor;
pub use self::listing::{ArchivePage, MayBeShown};
pub(crate) use self::past::Details;
use self::past::past;
use crate::error::RelayError;

/// Where jobs are found, whoever keeps them.
#[derive(Debug, Clone)]
pub struct Archive {
    engine: Arc<dyn Engine>,
    history: Option<History>,
}

/// A job, and who knew of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The job. From the history it comes without steps and checkpoint, and without what made it unique; its arguments,
    /// result and log are there as far as they were recorded.
    pub job: Job,
    /// Who knew of it.
    pub source: Source,
}

/// Who knows of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The engine holds it: it can be run again, or still runs.
    Queue,
    /// It has ended, and only the history knows of it.
    History,
}

/// Which jobs are wanted; every field that is given must match.
#[derive(Debug, Clone, Default)]
pub struct ArchiveFilter {
    /// What engines can tell.
    pub jobs: JobFilter,
    /// A text in one of their errors, in upper or lower case.
    pub error: Option<String>,
    /// They ended at this instant or later.
    pub finished_from: Option<Timestamp>,
    /// They ended before this instant.
    pub finished_before: Option<Timestamp>,
}

impl ArchiveFilter {
    /// Whether a job passes.
    pub fn admits(&self, job: &Job) -> bool {
        let text = self.error.as_ref().map(|text| text.to_lowercase());
        let has_text = |text: &String| {
            job.errors.iter().any(|error| error.message.to_lowercase().contains(text.as_str()))
        };
        self.jobs.admits(job)
            && text.as_ref().is_none_or(has_text)
            && self.finished_from.is_none_or(|from| job.finished_at.is_some_and(|at| at >= from))
            && self.finished_before.is_none_or(|before| job.finished_at.is_some_and(|at| at < before))
    }
}

impl Archive {
    /// The jobs of `engine`, and of `history` beyond that.
    pub fn new(engine: Arc<dyn Engine>, history: History) -> Self {
        Self { engine, history: Some(history) }
    }

    /// The jobs of `engine` alone.
    pub fn without_history(engine: Arc<dyn Engine>) -> Self {
        Self { engine, history: None }
    }

    /// A job with all that is known of it.
    pub async fn job(&self, id: JobId) -> Result<Option<Found>, RelayError> {
        let held = self.engine.get(&[id]).await?.into_iter().flatten().next();
        if let Some(job) = held {
            return Ok(Some(Found { job, source: Source::Queue }));
        }
        let Some(history) = &self.history else { return Ok(None) };
        let last = history.latest(id, None).await?;
        // One that has not ended is gone from the engine without a word: it was never recorded how it ended.
        let ended = last.filter(|end| end.state.is_final());
        Ok(ended.map(|end| Found { job: past(end), source: Source::History }))
    }

    /// Each end of a claim of a job that was recorded, oldest first.
    pub async fn runs(&self, id: JobId) -> Result<Vec<JobEnd>, RelayError> {
        let Some(history) = &self.history else { return Ok(Vec::new()) };
        Ok(history.runs_of(id, None).await?)
    }
}
