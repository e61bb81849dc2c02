use rusqlite::{Connection, OptionalExtension, Row};
use windlass_queue::{Scope, Snapshot};
use windlass_shared::{
    ClaimNumber, Incarnation, JobId, JobState, LeaseToken, Priority, QueueNumber, TenantId, Timestamp,
};

use super::slots::Slots;
use crate::fault::Fault;
use crate::features::Features;
use crate::stored;
use crate::turn::Turn;

/// A job as far as it decides what may be done to it, and what follows from that.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) seq: i64,
    pub(crate) id: JobId,
    pub(crate) queue: QueueNumber,
    pub(crate) tenant: TenantId,
    pub(crate) priority: Priority,
    pub(crate) snapshot: Snapshot,
    /// When it may start, or might.
    pub(crate) run_at: Timestamp,
    /// The scope that it was parked under since it last ran.
    pub(crate) parked_by: Option<Scope>,
    /// The slots that it holds while it runs.
    pub(crate) slots: Slots,
    pub(crate) features: Features,
    worker: Option<Incarnation>,
    pub(crate) claims: u32,
    ends: u8,
}

impl Standing {
    pub(crate) fn of(turn: &Turn<'_>, job: JobId) -> Result<Option<Self>, Fault> {
        Self::find(turn.connection(), job)
    }

    pub(crate) fn find(connection: &Connection, job: JobId) -> Result<Option<Self>, Fault> {
        const SQL: &str = "SELECT seq, id, queue, tenant, priority, run_at, parked_by, slots, features, worker,
            claims, ends, state, attempt, max_attempts, deaths, alone, cancel_requested FROM jobs WHERE id = ?1";
        let read = |row: &Row<'_>| Ok(Self::read(row));
        connection.prepare_cached(SQL)?.query_row([job.as_bytes()], read).optional()?.transpose()
    }

    /// Reads the columns in their order.
    fn read(row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self {
            seq: row.get(0)?,
            id: stored::id(row, 1)?,
            queue: stored::queue_number(row, 2)?,
            tenant: stored::name(row, 3)?,
            priority: stored::priority(row, 4)?,
            run_at: stored::instant(row, 5)?,
            parked_by: stored::name_if_any(row, 6)?,
            slots: Slots::read(row, 7)?,
            features: Features::read(row, 8)?,
            worker: row.get::<_, Option<_>>(9)?.map(Incarnation::from_bytes),
            claims: row.get(10)?,
            ends: row.get(11)?,
            snapshot: Snapshot {
                state: stored::state(row, 12)?,
                attempt: row.get(13)?,
                max_attempts: row.get(14)?,
                deaths: row.get(15)?,
                alone: row.get(16)?,
                cancel_requested: row.get(17)?,
            },
        })
    }

    /// The token that may end the job's current claim.
    pub(crate) fn current(&self) -> Option<LeaseToken> {
        let worker = self.worker.filter(|_| self.snapshot.state == JobState::Running)?;
        Some(LeaseToken { worker, number: ClaimNumber::new(self.claims) })
    }

    pub(crate) fn is_held_by(&self, token: LeaseToken) -> bool {
        self.current() == Some(token)
    }

    /// Whether the claim of `token` is not current any more and ended by its own worker, as far as that is
    /// remembered.
    pub(crate) fn was_settled_by(&self, token: LeaseToken) -> bool {
        let Some(age) = self.claims.checked_sub(token.number.get()) else { return false };
        // Only the newest worker is known; older claims are told apart by their numbers.
        let may_be_owner = age > 0 || self.worker == Some(token.worker);
        may_be_owner && age < u8::BITS && self.ends >> age & 1 == 1
    }
}
