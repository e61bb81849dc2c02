use windlass_queue::{Job, JobFilter, Page};
use windlass_shared::{JobState, QueueName};
use windlass_store::{JobEnd, Recorded, Recording};

use super::{Recorder, ends};
use crate::error::RelayError;

/// How many jobs are looked at in one go. Each makes a transaction, between which others get their turn.
const PAGE: usize = 500;
/// How often the retained jobs are walked through at most. What is pruned meanwhile moves the rest up, so a walk may pass
/// jobs over, which the next one finds.
const WALKS: usize = 5;

impl Recorder {
    /// Makes up for events of a queue that were lost, as far as jobs that the engine still holds tell of what happened:
    /// how they ended, and how their attempts failed. What is there already stays. Answers how many rows were missing.
    ///
    /// It may be cut off anywhere: as long as it has not come to its end, it begins again.
    pub async fn repair(&self, queue: &QueueName) -> Result<u64, RelayError> {
        let Some(position) = self.history.position(queue).await? else { return Ok(0) };
        if !position.needs_repair() {
            return Ok(0);
        }
        let begun = self.clock.now();
        let mut missing = 0;
        for _walk in 0..WALKS {
            let found = self.walk(queue).await?;
            missing += found;
            if found == 0 {
                break;
            }
        }
        self.history.repaired(queue, begun).await?;
        tracing::info!(event = "history.repaired", %queue, rows = missing, "lost events were made up for");
        Ok(missing)
    }

    async fn walk(&self, queue: &QueueName) -> Result<u64, RelayError> {
        let mut missing = 0;
        for state in [JobState::Discarded, JobState::Cancelled, JobState::Completed] {
            missing += self.repair_state(queue, state).await?;
        }
        Ok(missing)
    }

    async fn repair_state(&self, queue: &QueueName, state: JobState) -> Result<u64, RelayError> {
        let filter = JobFilter { queue: Some(queue.clone()), state: Some(state), ..JobFilter::default() };
        let (mut missing, mut after) = (0, None);
        loop {
            let Page { jobs, next } = self.engine.list(&filter, after.as_ref(), PAGE).await?;
            let rows = self.rows_of(&jobs);
            if !rows.is_empty() {
                missing += self.add(queue, rows).await?;
            }
            after = next;
            if after.is_none() {
                return Ok(missing);
            }
        }
    }

    fn rows_of(&self, jobs: &[Job]) -> Vec<JobEnd> {
        let rows = jobs.iter().flat_map(|job| {
            let wanted = |end: &JobEnd| self.policies.of(&job.kind).wants(end.state);
            ends::of_finished(job, self.payloads).into_iter().filter(wanted)
        });
        rows.collect()
    }

    async fn add(&self, queue: &QueueName, rows: Vec<JobEnd>) -> Result<u64, RelayError> {
        let recording =
            Recording { queue: queue.clone(), advance: None, rows, deleted: Vec::new(), gap: None };
        match self.history.record(&recording, self.clock.now()).await? {
            Recorded::Recorded { new } => Ok(new),
            // What advances nothing cannot be overtaken.
            Recorded::Overtaken { .. } => Ok(0),
        }
    }
}
