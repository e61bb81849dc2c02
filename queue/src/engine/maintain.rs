use std::time::Duration;

use async_trait::async_trait;
use windlass_shared::{Claim, Incarnation, QueueName, Timestamp};

use super::{Cursor, EngineError, Fenced};
use crate::job::AttemptError;

/// The role of the caretaker: what any process may do for a queue at any time, and several at once.
#[async_trait]
pub trait MaintainQueue {
    /// Moves up to `most` scheduled and retryable jobs whose time has come to `available`, earliest first, and
    /// wakes workers. Also discards what has expired and brings back what is parked although nothing blocks it any more,
    /// up to `most` of each: whatever was meant to bring it back and got lost, this makes up for.
    async fn promote(&self, queue: &QueueName, most: usize) -> Result<Promoted, EngineError>;

    /// The newest beat of each worker whose lease covers `queue`. A number that changes is a sign of life; its
    /// value means nothing.
    async fn beats(&self, queue: &QueueName) -> Result<Vec<(Incarnation, BeatNumber)>, EngineError>;

    /// A page of the current claims in `queue`.
    async fn running(
        &self,
        queue: &QueueName,
        after: Option<&Cursor>,
        most: usize,
    ) -> Result<RunningPage, EngineError>;

    /// Ends claims whose workers cannot: they died, or let an attempt run past its time.
    async fn rescue(&self, queue: &QueueName, rescues: &[Rescue]) -> Result<Vec<Fenced>, EngineError>;

    /// Forgets the beat of a worker that died, provided that it is still `seen`.
    async fn bury(&self, queue: &QueueName, worker: Incarnation, seen: BeatNumber)
    -> Result<(), EngineError>;

    /// Delivers up to `most` things that a transition left for another queue: children of completed jobs, ends of
    /// members of batches. Each is delivered at least once and takes effect once. Answers how many went; zero means that
    /// nothing is left.
    async fn relay(&self, queue: &QueueName, most: usize) -> Result<usize, EngineError>;

    /// Removes up to `most` finished jobs and batches that are past the `retention`, oldest first; answers how many
    /// went. A retention that is part of the queue's [`QueuePolicy`](crate::QueuePolicy) takes the place of the given one.
    ///
    /// A batch that has not ended goes when it is older than [`Retention::unfinished_batches_for`] and is not sealed, or
    /// can never end since none of its pending members exists any more. One with a living member stays, and is looked at
    /// again when as much time has passed.
    async fn prune(
        &self,
        queue: &QueueName,
        retention: &Retention,
        most: usize,
    ) -> Result<usize, EngineError>;
}

/// What a promotion did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promoted {
    /// How many jobs became available.
    pub count: usize,
    /// How long until the next one is due; zero when more are due already.
    pub next_due: Option<Duration>,
}

/// A sign of life that only compares as same or other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BeatNumber(pub u64);

/// A claim as the engine sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldClaim {
    /// The claim.
    pub claim: Claim,
    /// How long ago, by the engine's clock, the attempt ran out of time; `None` while it still has some.
    pub overdue: Option<Duration>,
}

/// A page of claims.
#[derive(Debug, Default)]
pub struct RunningPage {
    /// The claims.
    pub claims: Vec<HeldClaim>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

/// The end of a claim by somebody else than its worker.
#[derive(Debug, Clone)]
pub struct Rescue {
    /// What is ended.
    pub claim: Claim,
    /// How. Decided by [`transition`](crate::transition()).
    pub verdict: RescueVerdict,
}

/// How a rescued claim ends. A job with a requested cancellation ends as `cancelled`, whatever the verdict.
#[derive(Debug, Clone, PartialEq)]
pub enum RescueVerdict {
    /// Its worker died: available again at the front of its lane, or among the suspects once `deaths` says so.
    Revive {
        /// The deaths to store.
        deaths: u8,
        /// Whether it must run alone from now on.
        suspect: bool,
    },
    /// The attempt took too long: it counts as failed, and another one follows.
    Retry {
        /// After this long.
        after: Duration,
        /// What happened.
        error: AttemptError,
    },
    /// The job is given up. Its attempt is given back when `deaths` has grown: then the worker died, and the
    /// handler did not fail.
    Discard {
        /// The deaths to store.
        deaths: u8,
        /// What happened, with the evidence.
        error: AttemptError,
    },
}

/// How long finished jobs are kept, by whichever bound is reached first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Age of completed jobs.
    pub completed_for: Duration,
    /// Number of completed jobs a queue.
    pub completed_most: usize,
    /// Age of cancelled and discarded jobs.
    pub failed_for: Duration,
    /// Number of cancelled and of discarded jobs a queue.
    pub failed_most: usize,
    /// Age of results; they go with their jobs at the latest.
    pub results_for: Duration,
}

impl Default for Retention {
    /// Completed jobs for a day and up to 100,000 a queue; cancelled and discarded ones for 30 days and up to
    /// 100,000 each.
    fn default() -> Self {
        const DAY: Duration = Duration::from_hours(24);
        Self {
            completed_for: DAY,
            completed_most: 100_000,
            failed_for: 30 * DAY,
            failed_most: 100_000,
            results_for: DAY,
        }
    }
}

impl Retention {
    /// For how long a batch that has not ended is left alone at the least, however short failed jobs are kept.
    pub const UNFINISHED_BATCHES_LEAST: Duration = Duration::from_hours(30 * 24);

    /// For how long a batch that has not ended is left alone.
    pub fn unfinished_batches_for(&self) -> Duration {
        self.failed_for.max(Self::UNFINISHED_BATCHES_LEAST)
    }

    /// The instant before which a batch that has not ended must have been opened for anybody to ask whether it ever will,
    /// seen from `now`.
    pub fn unfinished_batches_before(&self, now: Timestamp) -> Timestamp {
        now.minus(self.unfinished_batches_for())
    }

    /// The instant before which a completed job is too old, seen from `now`.
    pub fn completed_before(&self, now: Timestamp) -> Timestamp {
        now.minus(self.completed_for)
    }

    /// The instant before which a cancelled or discarded job is too old, seen from `now`.
    pub fn failed_before(&self, now: Timestamp) -> Timestamp {
        now.minus(self.failed_for)
    }

    /// The instant before which a job must have ended for its result to be too old, seen from `now`.
    pub fn results_before(&self, now: Timestamp) -> Timestamp {
        now.minus(self.results_for)
    }
}
