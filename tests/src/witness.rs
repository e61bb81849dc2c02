use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use windlass_queue::{Engine, Job};
use windlass_shared::{JobId, JobState, Percent};

use crate::wait::until;

/// Sees jobs where they are kept, past every process of the system: also how often each was claimed, which a
/// caller of the API is not told.
#[derive(Debug, Clone)]
pub struct Witness {
    engine: Arc<dyn Engine>,
}

impl Witness {
    /// A witness of what `engine` keeps.
    pub(crate) fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine }
    }

    /// The engine itself.
    pub fn engine(&self) -> &dyn Engine {
        self.engine.as_ref()
    }

    /// The jobs as they are now, in the order of `ids`.
    pub async fn jobs(&self, ids: &[JobId]) -> Result<Vec<Job>> {
        let jobs = self.engine.get(ids).await?;
        jobs.into_iter()
            .zip(ids)
            .map(|(job, id)| job.with_context(|| format!("the job {id} is gone")))
            .collect()
    }

    /// One job as it is now.
    pub async fn job(&self, id: JobId) -> Result<Job> {
        self.jobs(&[id]).await?.pop().context("no answer for a job")
    }

    /// Waits until the jobs are as they should be; an engine that cannot be reached is waited for.
    pub async fn until(
        &self,
        what: &str,
        ids: &[JobId],
        limit: Duration,
        mut holds: impl FnMut(&[Job]) -> bool,
    ) -> Result<Vec<Job>> {
        let mut last = Vec::new();
        let seen = until(what, limit, async || {
            let jobs = match self.engine.get(ids).await {
                Ok(jobs) => jobs,
                Err(error) if error.is_transient() => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            last = jobs
                .into_iter()
                .zip(ids)
                .map(|(job, id)| job.with_context(|| format!("{id} is gone")))
                .collect::<Result<_>>()?;
            Ok(holds(&last).then_some(()))
        })
        .await;
        match seen {
            Ok(()) => Ok(last),
            Err(error) => bail!("{error}; last seen: {}", brief(&last)),
        }
    }

    /// Waits until every job is in `state`.
    pub async fn until_all(&self, state: JobState, ids: &[JobId], limit: Duration) -> Result<Vec<Job>> {
        let what = format!("the end of {} jobs as {state}", ids.len());
        self.until(&what, ids, limit, |jobs| jobs.iter().all(|job| job.state == state)).await
    }

    /// Waits until this many of the jobs run at the same time.
    pub async fn until_running(&self, count: usize, ids: &[JobId], limit: Duration) -> Result<Vec<Job>> {
        let running = |jobs: &[Job]| jobs.iter().filter(|job| job.state == JobState::Running).count();
        self.until(&format!("{count} jobs running"), ids, limit, |jobs| running(jobs) >= count).await
    }

    /// Waits until each of the jobs runs and has told of progress, so that its handler is certainly at work: a
    /// worker that is asked to end between a claim and its start gives the job back at once.
    pub async fn until_at_work(&self, ids: &[JobId], limit: Duration) -> Result<Vec<Job>> {
        let at_work = |job: &Job| job.state == JobState::Running && job.progress.percent > Percent::default();
        self.until("all jobs at work", ids, limit, |jobs| jobs.iter().all(at_work)).await
    }
}

/// The jobs that are not completed, for a message.
fn brief(jobs: &[Job]) -> String {
    let open = jobs.iter().filter(|job| job.state != JobState::Completed);
    let lines = open.map(|job| {
        let Job { id, state, attempt, claims, deaths, errors, .. } = job;
        format!("\n  {id} {state}, attempt {attempt}, claims {claims}, deaths {deaths}, errors {errors:?}")
    });
    lines.collect()
}
