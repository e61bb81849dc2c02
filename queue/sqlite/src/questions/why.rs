use rusqlite::{Connection, OptionalExtension, Row, params};
use windlass_queue::{MOST_AHEAD, MOST_HOLDERS, Paused, Reason, SUSPECT_AFTER_DEATHS, Scope, UniqueKey, Why};
use windlass_shared::{JobId, JobState, KindName, LimitKey, Priority, QueueNumber, TenantId, Timestamp};

use crate::extras::Extras;
use crate::fault::Fault;
use crate::features::Features;
use crate::ruling::{Block, Ruling, scopes_of};
use crate::stored::{self, LANE, limit};
use crate::verbs::slots::Slots;

/// Why a job does not run, if it exists.
pub(crate) fn why(connection: &Connection, now: Timestamp, job: JobId) -> Result<Option<Why>, Fault> {
    let Some(waiting) = Waiting::find(connection, job)? else { return Ok(None) };
    let is_up_to_others = !waiting.state.is_final() && waiting.state != JobState::Running;
    let reasons = if is_up_to_others { waiting.reasons(connection, now)? } else { Vec::new() };
    Ok(Some(Why { job, state: waiting.state, reasons }))
}

/// A job as far as it decides what holds it up.
struct Waiting {
    seq: i64,
    queue: QueueNumber,
    tenant: TenantId,
    kind: KindName,
    key: Option<LimitKey>,
    state: JobState,
    place: u8,
    priority: Priority,
    position: i64,
    run_at: Timestamp,
    deaths: u8,
    features: Features,
}

impl Waiting {
    fn find(connection: &Connection, job: JobId) -> Result<Option<Self>, Fault> {
        const SQL: &str =
            "SELECT seq, queue, tenant, kind, limit_key, state, place, priority, position, run_at,
            deaths, features FROM jobs WHERE id = ?1";
        let read = |row: &Row<'_>| Ok(Self::read(row));
        connection.prepare_cached(SQL)?.query_row([job.as_bytes()], read).optional()?.transpose()
    }

    fn read(row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self {
            seq: row.get("seq")?,
            queue: stored::queue_number(row, "queue")?,
            tenant: stored::name(row, "tenant")?,
            kind: stored::name(row, "kind")?,
            key: stored::name_if_any(row, "limit_key")?,
            state: stored::state(row, "state")?,
            place: row.get("place")?,
            priority: stored::priority(row, "priority")?,
            position: row.get("position")?,
            run_at: stored::instant(row, "run_at")?,
            deaths: row.get("deaths")?,
            features: Features::read(row, "features")?,
        })
    }

    /// What counts first comes first.
    fn reasons(&self, connection: &Connection, now: Timestamp) -> Result<Vec<Reason>, Fault> {
        let mut reasons = Vec::new();
        reasons.extend(self.time_or_holder(connection)?);
        reasons.extend(self.rules(connection, now)?);
        reasons.extend(self.workers(connection)?);
        if self.deaths >= SUSPECT_AFTER_DEATHS {
            reasons.push(Reason::MustRunAlone { deaths: self.deaths });
        }
        if self.state == JobState::Available && self.place == LANE {
            reasons.extend(self.ahead(connection)?);
        }
        Ok(reasons)
    }

    fn time_or_holder(&self, connection: &Connection) -> Result<Option<Reason>, Fault> {
        Ok(match self.state {
            JobState::Scheduled => Some(Reason::ScheduledFor { at: self.run_at }),
            JobState::Retryable => Some(Reason::RetryAt { at: self.run_at }),
            JobState::Pending => match Extras::of(connection, self.seq, self.features)?.unique {
                Some(unique) => holder(connection, self.queue, unique.key)?,
                None => None,
            },
            JobState::Available
            | JobState::Running
            | JobState::Completed
            | JobState::Cancelled
            | JobState::Discarded => None,
        })
    }

    /// The pauses first, then the full limits, then the rates that are used up.
    fn rules(&self, connection: &Connection, now: Timestamp) -> Result<Vec<Reason>, Fault> {
        let (mut pauses, mut full, mut used_up) = (Vec::new(), Vec::new(), Vec::new());
        for scope in scopes_of(&self.tenant, &self.kind, self.key.as_ref()) {
            let ruling = Ruling::of(connection, self.queue, &scope, now)?;
            if let Some(Block::RateUsedUp { until }) = ruling.rate_used_up(now) {
                used_up.push(Reason::RateLimited { scope: scope.clone(), until });
            }
            if let Some(most) = ruling.full().and(ruling.limit).and_then(|limit| limit.concurrency) {
                let holders = self.holders(connection, &scope)?;
                full.push(Reason::LimitFull { scope: scope.clone(), limit: most.get(), holders });
            }
            if let Some(Paused { scope, until, note }) = ruling.pause {
                pauses.push(Reason::Paused { scope, until, note });
            }
        }
        Ok([pauses, full, used_up].concat())
    }

    /// Some of those that hold the slots of a scope of this job.
    fn holders(&self, connection: &Connection, scope: &Scope) -> Result<Vec<JobId>, Fault> {
        const SQL: &str = "SELECT id FROM jobs WHERE queue = ?1 AND state = 4 AND slots & ?2 <> 0
            AND coalesce(tenant = ?3, 1) AND coalesce(kind = ?4, 1) AND (?5 IS NULL OR limit_key = ?5) LIMIT ?6";
        let (mut tenant, mut kind, mut key) = (None, None, None);
        match scope {
            Scope::Queue => {}
            Scope::Tenant(name) => tenant = Some(name.as_str()),
            Scope::Kind(name) => kind = Some(name.as_str()),
            Scope::Key(name) => key = Some(name.as_str()),
        }
        let slot = Slots::default().with(scope);
        let mut statement = connection.prepare_cached(SQL)?;
        let mut rows =
            statement.query(params![self.queue.get(), slot, tenant, kind, key, limit(MOST_HOLDERS)])?;
        let mut holders = Vec::new();
        while let Some(row) = rows.next()? {
            holders.push(stored::id(row, "id")?);
        }
        Ok(holders)
    }

    fn workers(&self, connection: &Connection) -> Result<Option<Reason>, Fault> {
        const LIVING: &str = "SELECT 1 FROM beats WHERE queue = ?1";
        const SERVING: &str = "SELECT 1 FROM serving WHERE queue = ?1 AND kind = ?2";
        if !connection.prepare_cached(LIVING)?.exists([self.queue.get()])? {
            return Ok(Some(Reason::NoWorkers));
        }
        let which = params![self.queue.get(), self.kind.as_str()];
        let is_served = connection.prepare_cached(SERVING)?.exists(which)?;
        Ok((!is_served).then(|| Reason::Unserved { kind: self.kind.clone() }))
    }

    fn ahead(&self, connection: &Connection) -> Result<Option<Reason>, Fault> {
        const SQL: &str =
            "SELECT count(*) FROM (SELECT 1 FROM jobs WHERE queue = ?1 AND state = 3 AND place = 0
            AND tenant = ?2 AND priority = ?3 AND position < ?4 LIMIT ?5)";
        let which =
            params![self.queue.get(), self.tenant.as_str(), self.priority.get(), self.position, MOST_AHEAD];
        let jobs: u64 = connection.prepare_cached(SQL)?.query_row(which, |row| row.get(0))?;
        let (tenant, priority) = (self.tenant.clone(), self.priority);
        Ok((jobs > 0).then_some(Reason::Ahead { jobs, tenant, priority }))
    }
}

fn holder(connection: &Connection, queue: QueueNumber, key: UniqueKey) -> Result<Option<Reason>, Fault> {
    const SQL: &str = "SELECT holder FROM uniques WHERE queue = ?1 AND key = ?2";
    let read = |row: &Row<'_>| Ok(stored::id(row, "holder"));
    let which = params![queue.get(), key.0];
    let holder = connection.prepare_cached(SQL)?.query_row(which, read).optional()?.transpose()?;
    Ok(holder.map(|holder| Reason::WaitsFor { holder }))
}
