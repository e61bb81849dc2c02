use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};
use windlass_queue::{
    Bulk, BulkAction, BulkPosition, BulkStep, BulkTally, Depth, Engine, Handler, JobContext, JobError,
    JobFilter, JobKind,
};
use windlass_shared::{JobState, KindName, Priority, QueueName, Tag, TenantId, Timestamp};

/// One action on all jobs that match a filter, and that were there when the operation was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkJobs {
    /// What is done to each job.
    pub action: BulkVerb,
    /// Which jobs; every field that is given must match.
    pub filter: Selection,
    /// The new priority, for `reprioritize`: 0 (first) to 9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9))]
    pub priority: Option<u8>,
    /// Whether to count only.
    #[serde(default)]
    pub dry_run: bool,
}

/// What is done to each job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkVerb {
    /// It is cancelled: at once, or by request to the worker that runs it.
    Cancel,
    /// It runs now, or again.
    Retry,
    /// It is removed, unless it runs.
    Delete,
    /// It gets another priority.
    Reprioritize,
}

/// Which jobs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The queue they live in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub queue: Option<QueueName>,
    /// The state they are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub state: Option<JobState>,
    /// Their kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub kind: Option<KindName>,
    /// Whose they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub tenant: Option<TenantId>,
    /// A tag that they carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub tag: Option<Tag>,
    /// They were enqueued at this instant or later (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub created_from: Option<Timestamp>,
    /// They were enqueued before this instant (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub created_before: Option<Timestamp>,
}

impl JobKind for BulkJobs {
    const NAME: &'static str = "jobs.bulk";
    const QUEUE: &'static str = "maintenance";
    const SUMMARY: &'static str = "Cancels, retries, deletes or reprioritizes all jobs that match a filter.";
    const RETRIES: u16 = 10;
    /// Millions of jobs take hours, because others keep most of the engine's time.
    const TIMEOUT: Duration = Duration::from_hours(24);
    type Output = BulkTally;
}

#[derive(Debug)]
pub(crate) struct BulkHandler {
    engine: Arc<dyn Engine>,
}

impl BulkHandler {
    pub(crate) fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine }
    }
}

#[async_trait]
impl Handler<BulkJobs> for BulkHandler {
    async fn run(&self, args: BulkJobs, context: &JobContext) -> Result<BulkTally, JobError> {
        let bulk = args.operation(context)?;
        let expected = self.expected(&bulk.filter).await?;
        let mut position: BulkPosition = context.last_checkpoint().await?.unwrap_or_default();
        loop {
            context.check_cancelled()?;
            let start = Instant::now();
            position = match bulk.step(self.engine.as_ref(), &position).await? {
                BulkStep::Done(tally) => return Ok(tally),
                BulkStep::More(next) => next,
            };
            context.checkpoint(&position).await?;
            let tally = position.tally;
            context.progress_with(percent(tally.matched, expected), describe(tally));
            sleep(Bulk::rest(start.elapsed())).await;
        }
    }
}

impl BulkHandler {
    /// How many jobs may match at most, as far as it can be told without looking at each.
    async fn expected(&self, filter: &JobFilter) -> Result<u64, JobError> {
        let queues = match &filter.queue {
            Some(queue) => vec![queue.clone()],
            None => self.engine.queues().await?,
        };
        let mut expected = 0;
        for queue in queues {
            let depth: Depth = self.engine.depth(&queue).await?;
            let states =
                JobState::ALL.into_iter().filter(|state| filter.state.is_none_or(|wanted| wanted == *state));
            expected += states.map(|state| depth.of(state)).sum::<u64>();
        }
        Ok(expected)
    }
}

impl BulkJobs {
    fn operation(self, context: &JobContext) -> Result<Bulk, JobError> {
        let priority = self.priority.map(Priority::new).transpose();
        let priority = priority.map_err(|error| JobError::permanent(error.to_string()))?;
        let action = match (self.action, priority) {
            (BulkVerb::Cancel, _) => BulkAction::Cancel,
            (BulkVerb::Retry, _) => BulkAction::Retry,
            (BulkVerb::Delete, _) => BulkAction::Delete,
            (BulkVerb::Reprioritize, Some(priority)) => BulkAction::Reprioritize(priority),
            (BulkVerb::Reprioritize, None) => {
                return Err(JobError::permanent("reprioritize needs a priority from 0 (first) to 9"));
            }
        };
        let Selection { queue, state, kind, tenant, tag, created_from, created_before } = self.filter;
        Ok(Bulk {
            action,
            filter: JobFilter { queue, state, kind, tenant, tag, created_from, created_before },
            dry_run: self.dry_run,
            began_at: context.created_at,
        })
    }
}

fn percent(matched: u64, expected: u64) -> u8 {
    // More may match than was expected; only the end is the end.
    u8::try_from((matched * 100).checked_div(expected).unwrap_or(0)).unwrap_or(99).min(99)
}

fn describe(tally: BulkTally) -> String {
    let BulkTally { matched, changed, refused } = tally;
    format!("{matched} matched, {changed} changed, {refused} refused")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_stays_below_the_end_whatever_was_expected() {
        assert_eq!([percent(0, 0), percent(5, 10), percent(10, 10), percent(999, 10)], [0, 50, 99, 99]);
    }
}
