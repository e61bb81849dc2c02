use rusqlite::{OptionalExtension, Row};
use windlass_queue::Snapshot;
use windlass_shared::{ClaimNumber, Incarnation, JobId, JobState, LeaseToken, QueueNumber};

use crate::fault::Fault;
use crate::stored;
use crate::turn::Turn;

/// A job as far as it decides what may be done to it.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) seq: i64,
    pub(super) queue: QueueNumber,
    pub(super) snapshot: Snapshot,
    worker: Option<Incarnation>,
    claims: u32,
    ends: u8,
}

impl Standing {
    pub(super) fn of(turn: &Turn<'_>, job: JobId) -> Result<Option<Self>, Fault> {
        const SQL: &str = "SELECT seq, queue, state, attempt, max_attempts, deaths, alone, cancel_requested,
            worker, claims, ends FROM jobs WHERE id = ?1";
        let read = |row: &Row<'_>| Ok(Self::read(row));
        turn.prepare(SQL)?.query_row([job.as_bytes()], read).optional()?.transpose()
    }

    fn read(row: &Row<'_>) -> Result<Self, Fault> {
        let snapshot = Snapshot {
            state: stored::state(row)?,
            attempt: row.get("attempt")?,
            max_attempts: row.get("max_attempts")?,
            deaths: row.get("deaths")?,
            alone: row.get("alone")?,
            cancel_requested: row.get("cancel_requested")?,
        };
        Ok(Self {
            seq: row.get("seq")?,
            queue: stored::queue_number(row, "queue")?,
            snapshot,
            worker: row.get::<_, Option<_>>("worker")?.map(Incarnation::from_bytes),
            claims: row.get("claims")?,
            ends: row.get("ends")?,
        })
    }

    /// The token that may end the job's current claim.
    pub(super) fn current(&self) -> Option<LeaseToken> {
        let worker = self.worker.filter(|_| self.snapshot.state == JobState::Running)?;
        Some(LeaseToken { worker, number: ClaimNumber::new(self.claims) })
    }

    pub(super) fn is_held_by(&self, token: LeaseToken) -> bool {
        self.current() == Some(token)
    }

    /// Whether the claim of `token` is not current any more and ended by its own worker, as far as that is
    /// remembered.
    pub(super) fn was_settled_by(&self, token: LeaseToken) -> bool {
        let Some(age) = self.claims.checked_sub(token.number.get()) else { return false };
        // Only the newest worker is known; older claims are told apart by their numbers.
        let may_be_owner = age > 0 || self.worker == Some(token.worker);
        may_be_owner && age < u8::BITS && self.ends >> age & 1 == 1
    }
}
