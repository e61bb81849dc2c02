//! Whose turn it is. The index `lane` is the ring of tenants: only those with ready jobs are in it, and the next
//! one is found by one look.

use rusqlite::{OptionalExtension, Row, params};
use windlass_shared::QueueNumber;

use crate::fault::Fault;
use crate::turn::Turn;

/// Takes up to `most` jobs with tenants in turns, starting after the tenant whose turn was the last, and within a
/// tenant by priority and then first in first out. `take` hands out the first jobs of a tenant's lanes.
pub(super) fn take_turns<T>(
    turn: &Turn<'_>,
    queue: QueueNumber,
    most: usize,
    mut take: impl FnMut(&str, usize) -> Result<Vec<T>, Fault>,
) -> Result<Vec<T>, Fault> {
    let last = last_tenant(turn, queue)?;
    let mut lanes: Vec<(String, Vec<T>)> = Vec::new();
    let mut wanted = most;
    while wanted > 0 {
        let ring = ring(turn, queue, &last, wanted)?;
        if ring.is_empty() {
            break;
        }
        // Whoever has less than its share leaves the rest to the others, in the next round.
        let share = (wanted / ring.len()).max(1);
        for tenant in ring {
            let taken = take(&tenant, share)?;
            wanted -= taken.len();
            add(&mut lanes, tenant, taken);
        }
    }
    if let Some(tenant) = last_served(&lanes).filter(|tenant| **tenant != last) {
        store_last_tenant(turn, queue, tenant)?;
    }
    Ok(interleave(lanes))
}

/// Whether any job stands in a lane.
pub(super) fn has_ready(turn: &Turn<'_>, queue: QueueNumber) -> Result<bool, Fault> {
    Ok(next_tenant(turn, queue, "")?.is_some())
}

/// The tenants that have ready jobs, up to `most`, in the order of their turns.
fn ring(turn: &Turn<'_>, queue: QueueNumber, last: &str, most: usize) -> Result<Vec<String>, Fault> {
    let mut ring: Vec<String> = Vec::new();
    let mut after = last.to_owned();
    let mut has_wrapped = false;
    while ring.len() < most {
        match next_tenant(turn, queue, &after)? {
            Some(tenant) if has_wrapped && tenant.as_str() > last => break,
            Some(tenant) => {
                after.clone_from(&tenant);
                ring.push(tenant);
            }
            None if has_wrapped => break,
            None => {
                has_wrapped = true;
                after.clear();
            }
        }
    }
    Ok(ring)
}

fn next_tenant(turn: &Turn<'_>, queue: QueueNumber, after: &str) -> Result<Option<String>, Fault> {
    const SQL: &str = "SELECT tenant FROM jobs WHERE queue = ?1 AND state = 3 AND place = 0 AND tenant > ?2
        ORDER BY tenant LIMIT 1";
    let first = |row: &Row<'_>| row.get(0);
    Ok(turn.prepare(SQL)?.query_row(params![queue.get(), after], first).optional()?)
}

fn last_tenant(turn: &Turn<'_>, queue: QueueNumber) -> Result<String, Fault> {
    const SQL: &str = "SELECT last_tenant FROM queues WHERE number = ?1";
    Ok(turn.prepare(SQL)?.query_row([queue.get()], |row| row.get(0))?)
}

fn store_last_tenant(turn: &Turn<'_>, queue: QueueNumber, tenant: &str) -> Result<(), Fault> {
    const SQL: &str = "UPDATE queues SET last_tenant = ?2 WHERE number = ?1";
    turn.prepare(SQL)?.execute(params![queue.get(), tenant])?;
    Ok(())
}

fn add<T>(lanes: &mut Vec<(String, Vec<T>)>, tenant: String, taken: Vec<T>) {
    match lanes.iter_mut().find(|(known, _)| *known == tenant) {
        Some((_, lane)) => lane.extend(taken),
        None => lanes.push((tenant, taken)),
    }
}

/// Whose job is the last one when the lanes are interleaved: of the longest lanes the last.
fn last_served<T>(lanes: &[(String, Vec<T>)]) -> Option<&String> {
    lanes
        .iter()
        .filter(|(_, lane)| !lane.is_empty())
        .max_by_key(|(_, lane)| lane.len())
        .map(|(tenant, _)| tenant)
}

fn interleave<T>(lanes: Vec<(String, Vec<T>)>) -> Vec<T> {
    let mut lanes: Vec<_> = lanes.into_iter().map(|(_, lane)| lane.into_iter()).collect();
    let mut jobs = Vec::new();
    loop {
        let before = jobs.len();
        jobs.extend(lanes.iter_mut().filter_map(Iterator::next));
        if jobs.len() == before {
            return jobs;
        }
    }
}
