//! One action on everything that matches a filter, in small pieces.
//!
//! A bulk operation concerns the jobs that were there when it began: what is enqueued, or ends, later is left alone. It
//! walks over pages of the list and applies the action to each. What moves from one place to another meanwhile could be
//! missed by one walk, so it walks again until a whole walk has changed nothing; that comes about, because no job is
//! changed twice. Every page is a step of its own that
//! can be repeated, so an operation that was interrupted goes on from its last [`BulkPosition`].

use std::time::Duration;

use serde::{Deserialize, Serialize};
use windlass_shared::{JobId, JobState, Priority, Timestamp};

use crate::engine::{
    CancelAnswer, Cursor, DeleteAnswer, Engine, EngineError, JobFilter, Redrive, RedriveAnswer,
    ReprioritizeAnswer,
};
use crate::job::Job;

/// How many jobs one step looks at.
const PAGE: usize = 50;
/// How much of the time a bulk operation leaves to others: after each step it rests this many times as long as that took.
const REST: u32 = 4;

/// What is done to each job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkAction {
    /// Cancel it.
    Cancel,
    /// Run it now, or again.
    Retry,
    /// Remove it.
    Delete,
    /// Give it another priority.
    Reprioritize(Priority),
}

/// An action on everything that matches.
#[derive(Debug, Clone)]
pub struct Bulk {
    /// What is done.
    pub action: BulkAction,
    /// To what.
    pub filter: JobFilter,
    /// Whether to count only.
    pub dry_run: bool,
    /// When the operation began.
    pub began_at: Timestamp,
}

/// How far an operation has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkPosition {
    walk: u32,
    cursor: Option<Cursor>,
    changed_in_walk: u64,
    /// What it has done so far.
    pub tally: BulkTally,
}

/// What an operation has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkTally {
    /// How many jobs matched.
    pub matched: u64,
    /// How many of them were changed; none in a dry run.
    pub changed: u64,
    /// How many could not be changed in their state.
    pub refused: u64,
}

/// What follows a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkStep {
    /// There is more; go on from here after a rest.
    More(BulkPosition),
    /// All is done.
    Done(BulkTally),
}

impl Bulk {
    /// Does one page.
    pub async fn step(&self, engine: &dyn Engine, from: &BulkPosition) -> Result<BulkStep, EngineError> {
        let page = engine.list(&self.filter, from.cursor.as_ref(), PAGE).await?;
        let chosen: Vec<_> = page.jobs.iter().filter(|job| self.concerns(job)).map(|job| job.id).collect();
        let changed = if self.dry_run || chosen.is_empty() { 0 } else { self.apply(engine, &chosen).await? };
        Ok(self.after(from, u64::try_from(chosen.len()).unwrap_or(u64::MAX), changed, page.next))
    }

    /// How long to rest after a step, so that others keep most of the engine's time.
    pub fn rest(took: Duration) -> Duration {
        (took * REST).clamp(Duration::from_millis(1), Duration::from_secs(5))
    }

    fn after(&self, from: &BulkPosition, matched: u64, changed: u64, next: Option<Cursor>) -> BulkStep {
        let mut to = BulkPosition { cursor: next, ..from.clone() };
        to.changed_in_walk += changed;
        to.tally.changed += changed;
        // Later walks meet again what could not be changed; it was counted by the first one.
        if from.walk == 0 {
            to.tally.matched += matched;
            to.tally.refused += if self.dry_run { 0 } else { matched - changed };
        } else {
            to.tally.matched += changed;
        }
        if to.cursor.is_some() {
            return BulkStep::More(to);
        }
        if self.dry_run || to.changed_in_walk == 0 {
            return BulkStep::Done(to.tally);
        }
        BulkStep::More(BulkPosition { walk: to.walk + 1, changed_in_walk: 0, ..to })
    }

    /// Whether a job that matches is there to be changed.
    fn concerns(&self, job: &Job) -> bool {
        let was_there =
            job.created_at < self.began_at && job.finished_at.is_none_or(|end| end < self.began_at);
        was_there
            && match self.action {
                BulkAction::Cancel => !job.state.is_final() && !job.cancel_requested,
                BulkAction::Retry => {
                    // One that has failed again since it was retried goes by its own back-off.
                    job.attempted_at.is_none_or(|at| at < self.began_at)
                        && (job.state.is_final()
                            || matches!(job.state, JobState::Scheduled | JobState::Retryable))
                }
                BulkAction::Delete => job.state != JobState::Running,
                BulkAction::Reprioritize(priority) => !job.state.is_final() && job.priority != priority,
            }
    }

    async fn apply(&self, engine: &dyn Engine, jobs: &[JobId]) -> Result<u64, EngineError> {
        let changed = match self.action {
            BulkAction::Cancel => {
                let answers = engine.cancel(jobs).await?;
                let is_change = |answer: &&CancelAnswer| {
                    matches!(answer, CancelAnswer::Cancelled | CancelAnswer::Requested)
                };
                answers.iter().filter(is_change).count()
            }
            BulkAction::Retry => {
                let redrives: Vec<_> = jobs.iter().map(|job| Redrive { job: *job, args: None }).collect();
                let answers = engine.redrive(&redrives).await?;
                answers.iter().filter(|answer| matches!(answer, RedriveAnswer::Available)).count()
            }
            BulkAction::Delete => {
                let answers = engine.delete(jobs).await?;
                answers.iter().filter(|answer| matches!(answer, DeleteAnswer::Deleted(_))).count()
            }
            BulkAction::Reprioritize(priority) => {
                let answers = engine.reprioritize(jobs, priority).await?;
                answers.iter().filter(|answer| matches!(answer, ReprioritizeAnswer::Changed(_))).count()
            }
        };
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(dry_run: bool) -> Bulk {
        let began_at = Timestamp::from_millis(1_000);
        Bulk { action: BulkAction::Delete, filter: JobFilter::default(), dry_run, began_at }
    }

    fn cursor() -> Cursor {
        Cursor("next".to_owned())
    }

    #[test]
    fn it_walks_until_a_walk_changes_nothing() {
        let bulk = bulk(false);
        let BulkStep::More(at) = bulk.after(&BulkPosition::default(), 10, 8, Some(cursor())) else {
            panic!("done early")
        };
        assert_eq!((at.walk, &at.cursor), (0, &Some(cursor())));
        let BulkStep::More(at) = bulk.after(&at, 5, 5, None) else {
            panic!("a walk that changed is the last")
        };
        assert_eq!((at.walk, &at.cursor, at.changed_in_walk), (1, &None, 0));
        let BulkStep::More(at) = bulk.after(&at, 3, 1, None) else {
            panic!("a walk that changed is the last")
        };
        let done = bulk.after(&at, 2, 0, None);
        assert_eq!(done, BulkStep::Done(BulkTally { matched: 16, changed: 14, refused: 2 }));
    }

    #[test]
    fn a_dry_run_counts_once_and_changes_nothing() {
        let done = bulk(true).after(&BulkPosition::default(), 7, 0, None);
        assert_eq!(done, BulkStep::Done(BulkTally { matched: 7, changed: 0, refused: 0 }));
    }

    #[test]
    fn it_goes_on_for_as_long_as_its_walks_change_something() {
        // Where places are ranks, what is removed moves the rest up, and a walk over a million jobs finds half of them.
        let (bulk, mut at) = (bulk(false), BulkPosition::default());
        let mut left = 1_000_000;
        while left > 0 {
            let found = left - left / 2;
            left -= found;
            let BulkStep::More(next) = bulk.after(&at, found, found, None) else {
                panic!("{left} jobs are left")
            };
            at = next;
        }
        assert_eq!(
            bulk.after(&at, 0, 0, None),
            BulkStep::Done(BulkTally { matched: 1_000_000, changed: 1_000_000, refused: 0 })
        );
    }

    #[test]
    fn most_of_the_time_is_left_to_others() {
        assert_eq!(Bulk::rest(Duration::from_millis(10)), Duration::from_millis(40));
        assert_eq!(Bulk::rest(Duration::ZERO), Duration::from_millis(1));
        assert_eq!(Bulk::rest(Duration::from_mins(1)), Duration::from_secs(5));
    }
}
