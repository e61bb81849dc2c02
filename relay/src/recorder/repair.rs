use windlass_queue::{Cursor, EventPosition, Job, JobFilter, Page};
use windlass_shared::{JobState, QueueName, Timestamp};
use windlass_store::{JobEnd, Recorded, Recording, Step};

use super::{CHUNK, Recorder, ends};
use crate::error::RelayError;

/// How often the retained jobs are walked through at most. What is pruned meanwhile moves the rest up, so a walk may pass
/// jobs over, which the next one finds.
const WALKS: usize = 5;
/// How often a page is looked at anew at most because the recorder has gone on meanwhile.
const TRIES: usize = 50;

/// Whose failed attempts and ends are looked for: jobs that have ended, and those that may soon.
const STATES: [JobState; 5] =
    [JobState::Discarded, JobState::Cancelled, JobState::Retryable, JobState::Running, JobState::Completed];

/// What became of a page.
enum Looked {
    /// So many of its rows were missing; here is where the next page starts.
    Added(u64, Option<Cursor>),
    /// The recorder has gone on, so the page may hold what has been deleted since.
    Overtaken,
}

impl Recorder {
    /// Makes up for events of a queue that were lost, as far as jobs that the engine still holds tell of what happened:
    /// how they ended, and how their attempts failed. What is there already stays, and what waits to be recorded is left to
    /// that. Answers how many rows were missing.
    ///
    /// It may be cut off anywhere: as long as it has not come to its end, it begins again.
    pub async fn repair(&self, queue: &QueueName) -> Result<u64, RelayError> {
        let Some(position) = self.history.position(queue).await? else { return Ok(0) };
        if !position.needs_repair() {
            return Ok(0);
        }
        let mut missing = 0;
        for _walk in 0..WALKS {
            let Some(found) = self.walk(queue).await? else { return Ok(missing) };
            missing += found;
            if found == 0 {
                self.history.repaired(queue, position.gaps).await?;
                tracing::info!(event = "history.repaired", %queue, rows = missing, "lost events were made up for");
                break;
            }
        }
        Ok(missing)
    }

    /// Looks at all retained jobs once; `None` where the recorder leaves no time for that.
    async fn walk(&self, queue: &QueueName) -> Result<Option<u64>, RelayError> {
        let mut missing = 0;
        for state in STATES {
            let Some(found) = self.walk_state(queue, state).await? else { return Ok(None) };
            missing += found;
        }
        Ok(Some(missing))
    }

    async fn walk_state(&self, queue: &QueueName, state: JobState) -> Result<Option<u64>, RelayError> {
        let filter = JobFilter { queue: Some(queue.clone()), state: Some(state), ..JobFilter::default() };
        let (mut missing, mut after, mut tries) = (0, None, 0);
        loop {
            match self.look(queue, &filter, after.as_ref()).await? {
                Looked::Added(found, next) => {
                    missing += found;
                    tries = 0;
                    after = next;
                    if after.is_none() {
                        return Ok(Some(missing));
                    }
                }
                Looked::Overtaken if tries < TRIES => tries += 1,
                Looked::Overtaken => return Ok(None),
            }
        }
    }

    /// Adds what a page of jobs tells. The position is read before the jobs are, and must still hold when their rows are
    /// written: otherwise a job that was deleted in between would come back.
    async fn look(
        &self,
        queue: &QueueName,
        filter: &JobFilter,
        after: Option<&Cursor>,
    ) -> Result<Looked, RelayError> {
        let at = self.history.position(queue).await?.and_then(|position| position.position);
        let waiting = self.waiting_since(queue, at.as_ref()).await?;
        let Page { jobs, next } = self.engine.list(filter, after, CHUNK).await?;
        let rows = self.rows_of(&self.with_logs(queue, jobs).await?, waiting);
        if rows.is_empty() {
            return Ok(Looked::Added(0, next));
        }
        let recording = Recording {
            queue: queue.clone(),
            step: Step::Repair { at },
            rows,
            deleted: Vec::new(),
            gap: None,
        };
        Ok(match self.history.record(&recording, self.clock.now()).await? {
            Recorded::Recorded { new } => Looked::Added(new, next),
            Recorded::Overtaken { .. } => Looked::Overtaken,
        })
    }

    /// From when on events wait to be recorded.
    async fn waiting_since(&self, queue: &QueueName, at: Option<&String>) -> Result<Timestamp, RelayError> {
        let at = at.cloned().map(EventPosition);
        let page = self.engine.events(queue, at.as_ref(), 1).await?;
        Ok(page.events.first().map_or(Timestamp::LATEST, |event| event.at))
    }

    /// The same jobs; those that did not go well with their logs, which no list has.
    async fn with_logs(&self, queue: &QueueName, jobs: Vec<Job>) -> Result<Vec<Job>, RelayError> {
        let (failed, mut others): (Vec<_>, Vec<_>) =
            jobs.into_iter().partition(|job| matches!(job.state, JobState::Cancelled | JobState::Discarded));
        let failed: Vec<_> = failed.into_iter().map(|job| job.id).collect();
        others.extend(self.in_full(queue, &failed).await?.into_iter().flatten());
        Ok(others)
    }

    fn rows_of(&self, jobs: &[Job], before: Timestamp) -> Vec<JobEnd> {
        let rows = jobs.iter().flat_map(|job| {
            let wanted = move |end: &JobEnd| end.ended_at < before && self.wants(end, job);
            ends::of_retained(job, self.payloads).into_iter().filter(wanted)
        });
        rows.collect()
    }
}
