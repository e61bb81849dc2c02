//! The ring of tenants in a queue with rules: those that have jobs in their lanes and are not benched. It is kept only
//! there; without rules the index `lane` is the ring, at no cost.

use rusqlite::{OptionalExtension, params};
use windlass_queue::Scope;
use windlass_shared::{QueueNumber, TenantId};

use super::lanes::next_with_jobs;
use crate::fault::Fault;
use crate::stored::limit;
use crate::turn::Turn;

/// Puts a tenant where it belongs: into the ring with the priority of its first job, or out of it. Answers whether it
/// is in.
pub(crate) fn refresh(turn: &Turn<'_>, queue: QueueNumber, tenant: &TenantId) -> Result<bool, Fault> {
    const ENTER: &str = "INSERT INTO ready (queue, tenant, first) VALUES (?1, ?2, ?3)
        ON CONFLICT DO UPDATE SET first = excluded.first WHERE first <> excluded.first";
    const LEAVE: &str = "DELETE FROM ready WHERE queue = ?1 AND tenant = ?2";
    let is_benched = is_benched(turn, queue, tenant)?;
    let first = if is_benched { None } else { first_priority(turn, queue, tenant)? };
    match first {
        Some(first) => turn.prepare(ENTER)?.execute(params![queue.get(), tenant.as_str(), first])?,
        None => turn.prepare(LEAVE)?.execute(params![queue.get(), tenant.as_str()])?,
    };
    Ok(first.is_some())
}

/// Builds the ring of a queue that has got its first rule.
pub(super) fn build(turn: &Turn<'_>, queue: QueueNumber) -> Result<(), Fault> {
    let mut after = String::new();
    while let Some(tenant) = next_with_jobs(turn, queue, &after)? {
        refresh(turn, queue, &tenant)?;
        after = tenant.to_string();
    }
    Ok(())
}

/// Forgets the ring of a queue that has no rule any more.
pub(super) fn clear(turn: &Turn<'_>, queue: QueueNumber) -> Result<(), Fault> {
    const SQL: &str = "DELETE FROM ready WHERE queue = ?1";
    turn.prepare(SQL)?.execute([queue.get()])?;
    Ok(())
}

/// The priority of the first job of all tenants.
pub(super) fn best_priority(turn: &Turn<'_>, queue: QueueNumber) -> Result<Option<u8>, Fault> {
    const SQL: &str = "SELECT first FROM ready WHERE queue = ?1 ORDER BY first LIMIT 1";
    Ok(turn.prepare(SQL)?.query_row([queue.get()], |row| row.get(0)).optional()?)
}

/// Whether any tenant has a job in a lane.
pub(super) fn is_any(turn: &Turn<'_>, queue: QueueNumber) -> Result<bool, Fault> {
    const SQL: &str = "SELECT 1 FROM ready WHERE queue = ?1";
    Ok(turn.prepare(SQL)?.exists([queue.get()])?)
}

/// How many jobs a tenant has in its lanes, counted up to `most`.
pub(super) fn jobs_of(
    turn: &Turn<'_>,
    queue: QueueNumber,
    tenant: &TenantId,
    most: usize,
) -> Result<usize, Fault> {
    const SQL: &str = "SELECT count(*) FROM
        (SELECT 1 FROM jobs WHERE queue = ?1 AND state = 3 AND place = 0 AND tenant = ?2 LIMIT ?3)";
    let which = params![queue.get(), tenant.as_str(), limit(most)];
    Ok(turn.prepare(SQL)?.query_row(which, |row| row.get(0))?)
}

fn first_priority(turn: &Turn<'_>, queue: QueueNumber, tenant: &TenantId) -> Result<Option<u8>, Fault> {
    const SQL: &str = "SELECT priority FROM jobs WHERE queue = ?1 AND state = 3 AND place = 0 AND tenant = ?2
        ORDER BY priority LIMIT 1";
    let which = params![queue.get(), tenant.as_str()];
    Ok(turn.prepare(SQL)?.query_row(which, |row| row.get(0)).optional()?)
}

fn is_benched(turn: &Turn<'_>, queue: QueueNumber, tenant: &TenantId) -> Result<bool, Fault> {
    const SQL: &str = "SELECT 1 FROM scopes WHERE queue = ?1 AND scope = ?2 AND benched = 1";
    let scope = Scope::Tenant(tenant.clone()).to_string();
    Ok(turn.prepare(SQL)?.exists(params![queue.get(), scope])?)
}
