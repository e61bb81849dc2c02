//! The slots of limits: taken by claims, given back in the step in which the claim ends.

use std::collections::HashMap;

use rusqlite::types::{ToSql, ToSqlOutput};
use rusqlite::{OptionalExtension, Row, params};
use windlass_queue::{LimitScope, Scope};
use windlass_shared::{KindName, LimitKey, QueueNumber, TenantId};

use super::lifts;
use super::standing::Standing;
use crate::fault::Fault;
use crate::ruling::{each_of, limit_of, micros, scopes_of};
use crate::stored::{self, Column};
use crate::turn::Turn;

/// Of which of its scopes a job holds slots. As a number, its bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Slots(u8);

impl Slots {
    pub(crate) fn read(row: &Row<'_>, column: impl Column) -> Result<Self, Fault> {
        Ok(Self(row.get(column)?))
    }

    pub(super) const fn is_none(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn has(self, scope: &Scope) -> bool {
        self.0 & Self::bit(scope) != 0
    }

    pub(crate) const fn with(self, scope: &Scope) -> Self {
        Self(self.0 | Self::bit(scope))
    }

    const fn bit(scope: &Scope) -> u8 {
        match scope {
            Scope::Queue => 1,
            Scope::Tenant(_) => 2,
            Scope::Kind(_) => 4,
            Scope::Key(_) => 8,
        }
    }
}

impl ToSql for Slots {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

/// Gives back what the claim of a job has taken, and brings back as much of what waited for it.
pub(super) fn release(turn: &mut Turn<'_>, job: &Standing) -> Result<(), Fault> {
    const SQL: &str = "UPDATE jobs SET slots = 0 WHERE seq = ?1 RETURNING kind, limit_key";
    if job.slots.is_none() {
        return Ok(());
    }
    let read = |row: &Row<'_>| Ok(read_names(row));
    let (kind, key) = turn.prepare(SQL)?.query_row([job.seq], read)??;
    for scope in scopes_of(&job.tenant, &kind, key.as_ref()).filter(|scope| job.slots.has(scope)) {
        give_back(turn, job.queue, &scope)?;
    }
    Ok(())
}

/// A suspect that was claimed and is given back before it began has not started: its start does not count any more.
pub(super) fn take_back_start(turn: &Turn<'_>, job: &Standing) -> Result<(), Fault> {
    const NAMES: &str = "SELECT kind, limit_key FROM jobs WHERE seq = ?1";
    const TAKE_BACK: &str =
        "UPDATE scopes SET arrival = max(0, arrival - ?3) WHERE queue = ?1 AND scope = ?2";
    let read = |row: &Row<'_>| Ok(read_names(row));
    let (kind, key) = turn.prepare(NAMES)?.query_row([job.seq], read)??;
    for scope in scopes_of(&job.tenant, &kind, key.as_ref()) {
        if let Some(rate) = limit_of(turn.connection(), job.queue, &scope)?.and_then(|limit| limit.rate) {
            let interval = i64::try_from(rate.interval()).unwrap_or(i64::MAX);
            turn.prepare(TAKE_BACK)?.execute(params![job.queue.get(), scope.to_string(), interval])?;
        }
    }
    Ok(())
}

fn read_names(row: &Row<'_>) -> Result<(KindName, Option<LimitKey>), Fault> {
    Ok((stored::name(row, "kind")?, stored::name_if_any(row, "limit_key")?))
}

fn give_back(turn: &mut Turn<'_>, queue: QueueNumber, scope: &Scope) -> Result<(), Fault> {
    const GIVE: &str = "UPDATE scopes SET taken = taken - 1 WHERE queue = ?1 AND scope = ?2 AND taken > 0
        RETURNING taken, look_at IS NOT NULL AS holds";
    const FORGET: &str = "DELETE FROM scopes WHERE queue = ?1 AND scope = ?2 AND arrival <= ?3";
    let text = scope.to_string();
    let read = |row: &Row<'_>| Ok((row.get::<_, u32>("taken")?, row.get::<_, bool>("holds")?));
    match turn.prepare(GIVE)?.query_row(params![queue.get(), text], read).optional()? {
        Some((_, true)) => lifts::look(turn, queue, scope, 1),
        Some((0, false)) => {
            let now = i64::try_from(micros(turn.now())).unwrap_or(i64::MAX);
            turn.prepare(FORGET)?.execute(params![queue.get(), text, now])?;
            Ok(())
        }
        Some((_, false)) | None => Ok(()),
    }
}

/// Counts in the jobs that run already under limits that have changed.
pub(super) fn adopt(turn: &Turn<'_>, queue: QueueNumber, changed: &LimitScope) -> Result<(), Fault> {
    const TAKE: &str = "UPDATE jobs SET slots = ?2 WHERE seq = ?1";
    let mut taken: HashMap<Scope, Option<u32>> = HashMap::new();
    for mut job in running(turn, queue)? {
        let before = job.slots;
        for scope in scopes_of(&job.tenant, &job.kind, job.key.as_ref()) {
            if job.slots.has(&scope) || !concerns(changed, &scope) {
                continue;
            }
            let is_limited = match taken.get(&scope) {
                Some(taken) => taken.is_some(),
                None => has_slots(turn, queue, &scope)?,
            };
            let count = taken.entry(scope.clone()).or_insert(is_limited.then_some(0));
            if let Some(count) = count {
                *count += 1;
                job.slots = job.slots.with(&scope);
            }
        }
        if job.slots != before {
            turn.prepare(TAKE)?.execute(params![job.seq, job.slots])?;
        }
    }
    for (scope, count) in taken {
        take(turn, queue, &scope, count.unwrap_or_default())?;
    }
    Ok(())
}

/// Whether a change of the limit for `changed` may be one for this scope.
pub(super) fn concerns(changed: &LimitScope, scope: &Scope) -> bool {
    match changed {
        LimitScope::One(one) => one == scope,
        each => each_of(scope).as_ref() == Some(each),
    }
}

fn has_slots(turn: &Turn<'_>, queue: QueueNumber, scope: &Scope) -> Result<bool, Fault> {
    let limit = limit_of(turn.connection(), queue, scope)?;
    Ok(limit.is_some_and(|limit| limit.concurrency.is_some()))
}

fn take(turn: &Turn<'_>, queue: QueueNumber, scope: &Scope, slots: u32) -> Result<(), Fault> {
    const SQL: &str = "INSERT INTO scopes (queue, scope, taken) VALUES (?1, ?2, ?3)
        ON CONFLICT DO UPDATE SET taken = taken + excluded.taken";
    if slots > 0 {
        turn.prepare(SQL)?.execute(params![queue.get(), scope.to_string(), slots])?;
    }
    Ok(())
}

/// A running job as far as limits are concerned.
struct Running {
    seq: i64,
    tenant: TenantId,
    kind: KindName,
    key: Option<LimitKey>,
    slots: Slots,
}

fn running(turn: &Turn<'_>, queue: QueueNumber) -> Result<Vec<Running>, Fault> {
    const SQL: &str = "SELECT seq, tenant, kind, limit_key, slots FROM jobs WHERE queue = ?1 AND state = 4";
    let mut statement = turn.prepare(SQL)?;
    let mut rows = statement.query([queue.get()])?;
    let mut running = Vec::new();
    while let Some(row) = rows.next()? {
        running.push(Running {
            seq: row.get("seq")?,
            tenant: stored::name(row, "tenant")?,
            kind: stored::name(row, "kind")?,
            key: stored::name_if_any(row, "limit_key")?,
            slots: Slots::read(row, "slots")?,
        });
    }
    Ok(running)
}
