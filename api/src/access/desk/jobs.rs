use std::sync::Arc;

use bytes::Bytes;
use windlass_jobs::operations::BulkJobs;
use windlass_queue::{Batch, Job, JobFilter, JobKind, Why};
use windlass_relay::{Archive, ArchiveCursor, ArchiveFilter, ArchivePage, Found, Source};
use windlass_shared::{BatchId, JobId};
use windlass_store::JobEnd;

use super::Desk;
use super::may::{ManageJobs, ReadJobs};
use crate::access::Caller;
use crate::access::caller::Queues;
use crate::problem::Problem;

impl<May> Desk<May> {
    /// The caller's job with this id, as the queue holds it.
    pub(super) async fn find(&self, id: &str) -> Result<Job, Problem> {
        let Ok(job) = id.parse::<JobId>() else { return Err(Problem::unknown_job(id)) };
        let found = self.floor.client.engine().get(&[job]).await?.into_iter().flatten().next();
        found.filter(|job| self.caller.sees(job)).ok_or_else(|| Problem::unknown_job(id))
    }

    /// The caller's job with this id, whoever knows of it.
    async fn find_anywhere(&self, id: &str) -> Result<Found, Problem> {
        let Ok(job) = id.parse::<JobId>() else { return Err(Problem::unknown_job(id)) };
        let found = self.archive().job(job).await?;
        if let Some(Found { job, source: Source::Queue }) = &found
            && !self.caller.sees(job)
        {
            // One that nobody knows is looked for in the history, too: while that is away, both are answered alike.
            self.floor.store.history().latest(job.id, None).await?;
        }
        found.filter(|found| self.caller.sees(&found.job)).ok_or_else(|| Problem::unknown_job(id))
    }

    /// All jobs, those of the past too.
    fn archive(&self) -> Archive {
        Archive::new(Arc::clone(self.floor.client.engine()), self.floor.store.history())
    }
}

impl Desk<ReadJobs> {
    /// The caller's job with this id, with all that is known of it.
    pub(crate) async fn job(&self, id: &str) -> Result<Found, Problem> {
        self.find_anywhere(id).await
    }

    /// Why a job of the caller's does not run.
    pub(crate) async fn why(&self, id: &str) -> Result<Why, Problem> {
        let job = self.find(id).await?;
        self.floor.client.engine().why(job.id).await?.ok_or_else(|| Problem::unknown_job(id))
    }

    /// Which of these jobs are the caller's, and how many of the others there are.
    pub(crate) async fn own_among(&self, jobs: &[JobId]) -> Result<(Vec<JobId>, usize), Problem> {
        // One that is gone holds nothing any more.
        let found: Vec<_> = self.floor.client.engine().get(jobs).await?.into_iter().flatten().collect();
        let own: Vec<_> = found.iter().filter(|job| self.caller.sees(job)).map(|job| job.id).collect();
        let others = found.len() - own.len();
        Ok((own, others))
    }

    /// A page of up to `most` of the caller's jobs that match, whoever still knows of them.
    pub(crate) async fn list(
        &self,
        filter: ArchiveFilter,
        after: Option<ArchiveCursor>,
        most: usize,
    ) -> Result<ArchivePage, Problem> {
        let Some(jobs) = narrowed(&filter.jobs, &self.caller) else { return Ok(ArchivePage::default()) };
        let may_be_shown = |job: &Job| self.caller.sees(job) && filter.jobs.admits(job);
        let asked = ArchiveFilter { jobs, ..filter.clone() };
        Ok(self.archive().list(&asked, &may_be_shown, after, most).await?)
    }

    /// Each end of a claim of the caller's job with this id that was recorded, oldest first.
    pub(crate) async fn runs(&self, id: &str) -> Result<Vec<JobEnd>, Problem> {
        let Found { job, .. } = self.job(id).await?;
        Ok(self.archive().runs(job.id).await?)
    }

    /// The args of the caller's job with this id, wherever they are kept; `None` where they are gone.
    pub(crate) async fn args(&self, id: &str) -> Result<Option<Bytes>, Problem> {
        let Found { job, source } = self.job(id).await?;
        // Args are objects, and where the history has none they are nothing.
        let has_args = source == Source::Queue || job.args.as_ref() != b"null";
        self.whole(&job, Some(&job.args).filter(|_| has_args)).await
    }

    /// The result of the caller's job with this id, wherever it is kept; `None` where there is none, or it is gone.
    pub(crate) async fn result(&self, id: &str) -> Result<Option<Bytes>, Problem> {
        let Found { job, .. } = self.job(id).await?;
        self.whole(&job, job.result.as_ref()).await
    }

    async fn whole(&self, job: &Job, value: Option<&Bytes>) -> Result<Option<Bytes>, Problem> {
        let Some(value) = value else { return Ok(None) };
        Ok(self.floor.client.whole(job, value).await?)
    }

    /// The caller's batch with this id.
    pub(crate) async fn batch(&self, id: &str) -> Result<Batch, Problem> {
        let Ok(batch) = id.parse::<BatchId>() else { return Err(Problem::unknown_batch(id)) };
        let found = self.floor.client.engine().batch(batch).await?;
        found.filter(|batch| self.caller.sees_batch(batch)).ok_or_else(|| Problem::unknown_batch(id))
    }
}

impl Desk<ManageJobs> {
    /// The caller's job with this id, which the queue holds: only with such a one can anything be done.
    pub(crate) async fn job(&self, id: &str) -> Result<Job, Problem> {
        match self.find_anywhere(id).await? {
            Found { job, source: Source::Queue } => Ok(job),
            Found { job, source: Source::History } => Err(past(&job)),
        }
    }

    /// The caller's job with this id, whoever knows of it.
    pub(crate) async fn job_or_past(&self, id: &str) -> Result<Found, Problem> {
        self.find_anywhere(id).await
    }
}

fn past(job: &Job) -> Problem {
    let detail = format!(
        "The job is {}, and the queue holds it no longer: only the history does. Post another one with its args instead.",
        job.state
    );
    Problem::wrong_state(job.state, detail)
}

/// What the engine is asked for, so that it leaves out as much as it can of what is not the caller's; `None` when nothing of
/// what is asked for can be.
fn narrowed(filter: &JobFilter, caller: &Caller) -> Option<JobFilter> {
    let mut narrowed = filter.clone();
    if let Some(own) = &caller.organization {
        if filter.tenant.as_ref().is_some_and(|asked| asked != own) {
            return None;
        }
        narrowed.tenant = Some(own.clone());
    }
    if caller.only_own() {
        narrowed.tag = Some(caller.own.clone()?);
    }
    // Bulk operations are the caller's by the queue that they reach, not by the one that they wait in.
    let are_operations = filter.kind.as_ref().is_some_and(|kind| kind.as_str() == BulkJobs::NAME);
    if let Queues::Only(queues) = &caller.queues
        && !are_operations
    {
        match &filter.queue {
            Some(asked) if !queues.contains(asked) => return None,
            None if queues.len() == 1 => narrowed.queue = queues.first().cloned(),
            Some(_) | None => {}
        }
    }
    Some(narrowed)
}
