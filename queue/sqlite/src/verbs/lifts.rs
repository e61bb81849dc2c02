//! What is held up, and how it comes back.
//!
//! A scope that holds something up has an instant at which it is looked at again: when it opens by itself, and after a
//! few seconds at the latest, so that nothing that was meant to bring it back can be missed for ever.

use std::time::Duration;

use rusqlite::{OptionalExtension, Params, Row, params};
use windlass_queue::{LimitScope, Scope};
use windlass_shared::{QueueNumber, TenantId, Timestamp};

use super::{parking, ready, slots, wake};
use crate::fault::Fault;
use crate::ruling::{Ruling, micros};
use crate::stored::{instant_if_any, limit, name};
use crate::turn::Turn;

/// How many scopes are looked at, and how many jobs come back from each, at a time.
pub(super) const CHUNK: usize = 100;
/// After how long a scope is looked at again even if nothing tells to.
const PATIENCE: Duration = Duration::from_secs(5);

/// Notes that a scope holds something up; `opens_at` is when it ceases to by itself.
pub(super) fn hold(
    turn: &Turn<'_>,
    queue: QueueNumber,
    scope: &Scope,
    opens_at: Option<Timestamp>,
) -> Result<(), Fault> {
    const SQL: &str = "INSERT INTO scopes (queue, scope, look_at, opens_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET look_at = excluded.look_at, opens_at = excluded.opens_at";
    let latest = turn.now().plus(PATIENCE);
    let look_at = opens_at.map_or(latest, |opens_at| opens_at.min(latest));
    let values =
        params![queue.get(), scope.to_string(), look_at.as_millis(), opens_at.map(Timestamp::as_millis)];
    turn.prepare(SQL)?.execute(values)?;
    Ok(())
}

/// Takes a tenant out of the round of turns.
pub(super) fn bench(
    turn: &Turn<'_>,
    queue: QueueNumber,
    tenant: &TenantId,
    opens_at: Option<Timestamp>,
) -> Result<(), Fault> {
    const BENCH: &str = "UPDATE scopes SET benched = 1 WHERE queue = ?1 AND scope = ?2";
    const LEAVE: &str = "DELETE FROM ready WHERE queue = ?1 AND tenant = ?2";
    let scope = Scope::Tenant(tenant.clone());
    hold(turn, queue, &scope, opens_at)?;
    turn.prepare(BENCH)?.execute(params![queue.get(), scope.to_string()])?;
    turn.prepare(LEAVE)?.execute(params![queue.get(), tenant.as_str()])?;
    Ok(())
}

/// Looks at the scopes whose instants have come, and at those whose instants a clock that stepped back has moved away.
pub(super) fn lift_due(turn: &mut Turn<'_>, queue: QueueNumber) -> Result<(), Fault> {
    const DUE: &str = "SELECT scope FROM scopes WHERE queue = ?1 AND look_at IS NOT NULL AND look_at <= ?2
        ORDER BY look_at LIMIT ?3";
    const AWAY: &str = "SELECT scope FROM scopes WHERE queue = ?1 AND look_at IS NOT NULL AND look_at > ?2
        ORDER BY look_at LIMIT ?3";
    let (now, latest) = (turn.now(), turn.now().plus(PATIENCE));
    let mut due = scopes(turn, DUE, params![queue.get(), now.as_millis(), limit(CHUNK)])?;
    due.extend(scopes(turn, AWAY, params![queue.get(), latest.as_millis(), limit(CHUNK)])?);
    due.iter().try_for_each(|scope| look(turn, queue, scope, CHUNK))
}

fn scopes(turn: &Turn<'_>, sql: &'static str, which: impl Params) -> Result<Vec<Scope>, Fault> {
    let mut statement = turn.prepare(sql)?;
    let mut rows = statement.query(which)?;
    let mut scopes = Vec::new();
    while let Some(row) = rows.next()? {
        scopes.push(name(row, "scope")?);
    }
    Ok(scopes)
}

/// Brings back up to `most` of what a scope holds up, as many as may start, and notes when to look again at the rest.
pub(super) fn look(turn: &mut Turn<'_>, queue: QueueNumber, scope: &Scope, most: usize) -> Result<(), Fault> {
    let ruling = ruling_of(turn, queue, scope)?;
    let free = ruling.free(turn.now());
    if free == 0 {
        return hold(turn, queue, scope, ruling.opens_at_after(0, turn.now()));
    }
    let given = free.min(most);
    let has_ready = match scope {
        Scope::Queue => wake::wake_for_ready(turn, queue, given)? + wake::wake_for_suspect(turn, queue)? > 0,
        Scope::Tenant(tenant) => unbench(turn, queue, tenant, given)?,
        Scope::Kind(_) | Scope::Key(_) => false,
    };
    let lifted = parking::lift(turn, queue, scope, given)?;
    let opens_at = match parking::has_parked(turn, queue, scope)? {
        true if lifted.is_cut_short && most == CHUNK => Some(turn.now()),
        true => ruling.opens_at_after(lifted.jobs, turn.now()),
        // The next slot that is given back wakes the next worker.
        false if has_ready && ruling.limit.is_some() => None,
        false => return forget(turn, queue, scope),
    };
    hold(turn, queue, scope, opens_at)
}

/// Has a scope looked at again as soon as possible, if it holds anything up.
pub(super) fn expedite(turn: &Turn<'_>, queue: QueueNumber, scope: &Scope) -> Result<(), Fault> {
    const SQL: &str = "UPDATE scopes SET look_at = ?3, opens_at = ?3
        WHERE queue = ?1 AND scope = ?2 AND look_at IS NOT NULL";
    turn.prepare(SQL)?.execute(params![queue.get(), scope.to_string(), turn.now().as_millis()])?;
    Ok(())
}

/// Looks at once at what a change of rules may have opened: at the first of many scopes, and the others are next.
pub(super) fn look_after_change(
    turn: &mut Turn<'_>,
    queue: QueueNumber,
    changed: &LimitScope,
) -> Result<(), Fault> {
    const ALL: &str = "SELECT scope FROM scopes WHERE queue = ?1";
    let scopes = match changed {
        LimitScope::One(scope) => vec![scope.clone()],
        LimitScope::EachTenant | LimitScope::EachKeyOf(_) => scopes(turn, ALL, [queue.get()])?,
    };
    for scope in scopes.iter().filter(|scope| slots::concerns(changed, scope)) {
        ruling_of(turn, queue, scope)?;
        expedite(turn, queue, scope)?;
    }
    lift_due(turn, queue)
}

/// What holds for a scope. The time that its rate has counted ahead is stored anew if it is out of proportion.
fn ruling_of(turn: &Turn<'_>, queue: QueueNumber, scope: &Scope) -> Result<Ruling, Fault> {
    const SQL: &str = "UPDATE scopes SET arrival = ?3 WHERE queue = ?1 AND scope = ?2";
    let ruling = Ruling::of(turn.connection(), queue, scope, turn.now())?;
    if ruling.is_ahead {
        let arrival = i64::try_from(ruling.arrival).unwrap_or(i64::MAX);
        turn.prepare(SQL)?.execute(params![queue.get(), scope.to_string(), arrival])?;
    }
    Ok(ruling)
}

/// When the next scope opens by itself.
pub(super) fn next_opening(turn: &Turn<'_>, queue: QueueNumber) -> Result<Option<Timestamp>, Fault> {
    const SQL: &str = "SELECT opens_at FROM scopes WHERE queue = ?1 AND opens_at IS NOT NULL
        ORDER BY opens_at LIMIT 1";
    let read = |row: &Row<'_>| Ok(instant_if_any(row, "opens_at"));
    Ok(turn.prepare(SQL)?.query_row([queue.get()], read).optional()?.transpose()?.flatten())
}

/// Forgets up to `most` scopes that neither hold anything up nor have anything left to count.
pub(super) fn forget_idle(turn: &Turn<'_>, queue: QueueNumber, most: usize) -> Result<(), Fault> {
    const SQL: &str = "DELETE FROM scopes WHERE queue = ?1 AND scope IN (SELECT scope FROM scopes
        WHERE queue = ?1 AND taken = 0 AND look_at IS NULL AND arrival <= ?2 LIMIT ?3)";
    let now = i64::try_from(micros(turn.now())).unwrap_or(i64::MAX);
    turn.prepare(SQL)?.execute(params![queue.get(), now, limit(most)])?;
    Ok(())
}

/// Notes that a scope holds nothing up any more.
fn forget(turn: &Turn<'_>, queue: QueueNumber, scope: &Scope) -> Result<(), Fault> {
    const SQL: &str = "UPDATE scopes SET look_at = NULL, opens_at = NULL WHERE queue = ?1 AND scope = ?2";
    turn.prepare(SQL)?.execute(params![queue.get(), scope.to_string()])?;
    Ok(())
}

/// Takes a tenant back into the round of turns, and wakes workers for its first jobs; answers whether it has any.
fn unbench(turn: &mut Turn<'_>, queue: QueueNumber, tenant: &TenantId, free: usize) -> Result<bool, Fault> {
    const SQL: &str = "UPDATE scopes SET benched = 0 WHERE queue = ?1 AND scope = ?2 AND benched = 1";
    let scope = Scope::Tenant(tenant.clone()).to_string();
    turn.prepare(SQL)?.execute(params![queue.get(), scope])?;
    ready::refresh(turn, queue, tenant)?;
    let jobs = ready::jobs_of(turn, queue, tenant, free)?;
    turn.available(queue, jobs);
    Ok(jobs > 0)
}
