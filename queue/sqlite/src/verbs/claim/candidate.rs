use bytes::Bytes;
use rusqlite::{Params, Row, params};
use windlass_queue::{ClaimedJob, Scope};
use windlass_shared::{Claim, ClaimNumber, Incarnation, LeaseToken, QueueNumber, TenantId};

use crate::extras::Extras;
use crate::fault::Fault;
use crate::features::Features;
use crate::stored::{self, limit};
use crate::turn::Turn;
use crate::verbs::parking::Blocked;

/// A job that is next, if nothing holds it up.
pub(super) struct Candidate {
    pub(super) seq: i64,
    pub(super) extras: Extras,
    /// As it will be when it has been claimed.
    pub(super) job: ClaimedJob,
    parked_by: Option<Scope>,
    has_waited: bool,
}

/// The lanes of a tenant, down to a priority.
pub(super) struct Lanes<'a> {
    pub(super) queue: QueueNumber,
    pub(super) tenant: &'a TenantId,
    pub(super) lowest: u8,
}

impl Candidate {
    /// The first jobs of some lanes.
    pub(super) fn in_lanes(
        turn: &Turn<'_>,
        lanes: &Lanes<'_>,
        most: usize,
        worker: Incarnation,
    ) -> Result<Vec<Self>, Fault> {
        const SQL: &str =
            "SELECT seq, features, claims, id, kind, tenant, priority, attempt, max_attempts, deaths, place,
            timeout, created_at, tags, args, expires_at, limit_key, parked_by, parking
            FROM jobs JOIN payloads ON job = seq
            WHERE queue = ?1 AND state = 3 AND place = 0 AND tenant = ?2 AND priority <= ?3
            ORDER BY priority, position LIMIT ?4";
        let Lanes { queue, tenant, lowest } = lanes;
        Self::found(turn, SQL, params![queue.get(), tenant.as_str(), lowest, limit(most)], worker)
    }

    /// The first suspect, whosever it is.
    pub(super) fn suspect(
        turn: &Turn<'_>,
        queue: QueueNumber,
        worker: Incarnation,
    ) -> Result<Option<Self>, Fault> {
        const SQL: &str =
            "SELECT seq, features, claims, id, kind, tenant, priority, attempt, max_attempts, deaths, place,
            timeout, created_at, tags, args, expires_at, limit_key, parked_by, parking
            FROM jobs JOIN payloads ON job = seq
            WHERE queue = ?1 AND state = 3 AND place = 1 ORDER BY position LIMIT 1";
        Ok(Self::found(turn, SQL, params![queue.get()], worker)?.pop())
    }

    /// The job as one that cannot start.
    pub(super) fn blocked(&self) -> Blocked<'_> {
        Blocked {
            seq: self.seq,
            queue: self.job.claim.job.queue(),
            parked_by: self.parked_by.as_ref(),
            has_waited: self.has_waited,
        }
    }

    fn found(
        turn: &Turn<'_>,
        sql: &'static str,
        which: impl Params,
        worker: Incarnation,
    ) -> Result<Vec<Self>, Fault> {
        let mut statement = turn.prepare(sql)?;
        let mut rows = statement.query(which)?;
        let mut candidates = Vec::new();
        while let Some(row) = rows.next()? {
            candidates.push(Self::read(turn, row, worker)?);
        }
        Ok(candidates)
    }

    /// Reads the columns in their order.
    fn read(turn: &Turn<'_>, row: &Row<'_>, worker: Incarnation) -> Result<Self, Fault> {
        let (seq, features) = (row.get(0)?, Features::read(row, 1)?);
        let extras = Extras::of(turn.connection(), seq, features)?;
        let number = ClaimNumber::new(row.get::<_, u32>(2)? + 1);
        let job = ClaimedJob {
            claim: Claim { job: stored::id(row, 3)?, token: LeaseToken { worker, number } },
            kind: stored::name(row, 4)?,
            tenant: stored::name(row, 5)?,
            priority: stored::priority(row, 6)?,
            attempt: row.get::<_, u16>(7)? + 1,
            max_attempts: stored::max_attempts(row, 8)?,
            deaths: row.get(9)?,
            suspect: row.get::<_, u8>(10)? == stored::SUSPECTS,
            timeout: stored::duration(row, 11)?,
            created_at: stored::instant(row, 12)?,
            attempted_at: turn.now(),
            tags: stored::tags(row, 13)?,
            args: Bytes::from(row.get::<_, Vec<u8>>(14)?),
            backoff: extras.backoff.clone(),
            expires_at: stored::instant_if_any(row, 15)?,
            limit_key: stored::name_if_any(row, 16)?,
            batch: extras.batch,
            has_records: features.has_records(),
        };
        let (parked_by, parking) = (stored::name_if_any(row, 17)?, row.get::<_, Option<i64>>(18)?);
        Ok(Self { seq, extras, job, parked_by, has_waited: parking.is_some() || number.get() > 1 })
    }
}
