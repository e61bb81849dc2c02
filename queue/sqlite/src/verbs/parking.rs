//! Where jobs wait that could start but for a rule, or for a worker that serves their kind.
//!
//! A parked job keeps its position, so that it comes back to where it stood in its lane. Its number in the order of
//! parking stays with it until it runs: should it be blocked once more, it is in front again. So is one that has run and
//! came back to the front of its lane: its number is its position.

use rusqlite::{OptionalExtension, params};
use windlass_queue::{Scope, Serves};
use windlass_shared::{JobId, KindName, QueueNumber, TenantId, Timestamp};

use super::expiry::expire;
use super::{lifts, wake};
use crate::fault::Fault;
use crate::stored::{id, instant_if_any, limit, name, place_after};
use crate::turn::Turn;

/// A job that cannot start now.
#[derive(Debug)]
pub(super) struct Blocked<'a> {
    pub(super) seq: i64,
    pub(super) queue: QueueNumber,
    /// The scope that it was parked under before, since it last ran.
    pub(super) parked_by: Option<&'a Scope>,
    /// Whether it was parked at all since then, or has run.
    pub(super) has_waited: bool,
}

/// What came back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifted {
    /// How many jobs that can start as far as their tenants are concerned.
    pub(super) jobs: usize,
    /// Whether there may be more that could.
    pub(super) is_cut_short: bool,
}

/// Parks a job under the scope that holds it up.
pub(super) fn park(turn: &mut Turn<'_>, job: &Blocked<'_>, scope: &Scope) -> Result<(), Fault> {
    const SQL: &str = "UPDATE jobs SET place = 2, parked_by = ?2, parking = coalesce(?3, parking, position)
        WHERE seq = ?1";
    let number = number(turn, job)?;
    turn.prepare(SQL)?.execute(params![job.seq, scope.to_string(), number])?;
    leave(turn, job.queue, job.parked_by.filter(|before| *before != scope))
}

/// Parks a job for a worker that serves its kind, and wakes one.
pub(super) fn park_unserved(turn: &mut Turn<'_>, job: &Blocked<'_>, kind: &KindName) -> Result<(), Fault> {
    const SQL: &str = "UPDATE jobs SET place = 3, parked_by = NULL, parking = coalesce(?2, parking, position)
        WHERE seq = ?1";
    let number = number(turn, job)?;
    turn.prepare(SQL)?.execute(params![job.seq, number])?;
    turn.set_unserved(job.queue, true)?;
    wake::wake_serving(turn, job.queue, kind)?;
    leave(turn, job.queue, job.parked_by)
}

/// What a job leaves behind that came back from a scope and goes elsewhere than to run: room for another one.
pub(super) fn leave(turn: &Turn<'_>, queue: QueueNumber, scope: Option<&Scope>) -> Result<(), Fault> {
    scope.map_or(Ok(()), |scope| lifts::expedite(turn, queue, scope))
}

/// Brings up to `most` jobs back that are parked under a scope. Those of benched tenants come back beside them, because
/// their lanes are where they wait now.
pub(super) fn lift(
    turn: &mut Turn<'_>,
    queue: QueueNumber,
    scope: &Scope,
    most: usize,
) -> Result<Lifted, Fault> {
    let mut lifted = Lifted { jobs: 0, is_cut_short: false };
    let mut looks = lifts::CHUNK;
    while lifted.jobs < most && looks > 0 {
        let parked = parked(turn, queue, scope, looks.min(most - lifted.jobs))?;
        if parked.is_empty() {
            return Ok(lifted);
        }
        looks -= parked.len();
        for job in &parked {
            lifted.jobs += usize::from(bring_back(turn, queue, job)? && !job.is_benched);
        }
    }
    lifted.is_cut_short = true;
    Ok(lifted)
}

/// Brings up to `most` jobs back that a worker serves; answers whether there may be more of them.
pub(super) fn bring_served(
    turn: &mut Turn<'_>,
    queue: QueueNumber,
    serves: &Serves,
    most: usize,
) -> Result<bool, Fault> {
    if !turn.has_unserved(queue)? {
        return Ok(false);
    }
    let mut left = most;
    let mut bring = |turn: &mut Turn<'_>, kind: &KindName| -> Result<(), Fault> {
        let parked = unserved(turn, queue, kind, left)?;
        left -= parked.len();
        parked.iter().try_for_each(|job| bring_back(turn, queue, job).map(drop))
    };
    match serves {
        Serves::These(kinds) => kinds.iter().try_for_each(|kind| bring(turn, kind))?,
        Serves::Every => {
            let mut kind = next_unserved(turn, queue, "")?;
            while let Some(unserved) = kind {
                bring(turn, &unserved)?;
                kind = next_unserved(turn, queue, unserved.as_str())?;
            }
        }
    }
    let is_cut_short = left == 0;
    let is_any = next_unserved(turn, queue, "")?.is_some();
    turn.set_unserved(queue, is_any)?;
    Ok(is_any && is_cut_short)
}

/// Whether any job is parked under a scope.
pub(super) fn has_parked(turn: &Turn<'_>, queue: QueueNumber, scope: &Scope) -> Result<bool, Fault> {
    const SQL: &str = "SELECT 1 FROM jobs WHERE queue = ?1 AND state = 3 AND place = 2 AND parked_by = ?2";
    Ok(turn.prepare(SQL)?.exists(params![queue.get(), scope.to_string()])?)
}

/// The number of a job that is parked for the first time.
fn number(turn: &mut Turn<'_>, job: &Blocked<'_>) -> Result<Option<i64>, Fault> {
    if job.has_waited {
        return Ok(None);
    }
    Ok(Some(turn.move_back(job.queue, 1)? + 1))
}

/// A job that is parked.
struct Parked {
    seq: i64,
    id: JobId,
    tenant: TenantId,
    deaths: u8,
    expires_at: Option<Timestamp>,
    is_benched: bool,
}

/// The first jobs that are parked under a scope.
fn parked(turn: &Turn<'_>, queue: QueueNumber, scope: &Scope, most: usize) -> Result<Vec<Parked>, Fault> {
    const SQL: &str = "SELECT seq, id, tenant, deaths, expires_at,
        EXISTS (SELECT 1 FROM scopes WHERE scopes.queue = jobs.queue AND scope = 'tenant:' || tenant AND benched = 1)
        AS benched FROM jobs WHERE queue = ?1 AND state = 3 AND place = 2 AND parked_by = ?2
        ORDER BY parking LIMIT ?3";
    let mut statement = turn.prepare(SQL)?;
    let rows = statement.query(params![queue.get(), scope.to_string(), limit(most)])?;
    read(rows)
}

/// The first jobs of a kind that wait for a worker that serves it.
fn unserved(turn: &Turn<'_>, queue: QueueNumber, kind: &KindName, most: usize) -> Result<Vec<Parked>, Fault> {
    const SQL: &str = "SELECT seq, id, tenant, deaths, expires_at, 0 AS benched FROM jobs
        WHERE queue = ?1 AND state = 3 AND place = 3 AND kind = ?2 ORDER BY parking LIMIT ?3";
    let mut statement = turn.prepare(SQL)?;
    let rows = statement.query(params![queue.get(), kind.as_str(), limit(most)])?;
    read(rows)
}

fn read(mut rows: rusqlite::Rows<'_>) -> Result<Vec<Parked>, Fault> {
    let mut parked = Vec::new();
    while let Some(row) = rows.next()? {
        parked.push(Parked {
            seq: row.get("seq")?,
            id: id(row, "id")?,
            tenant: name(row, "tenant")?,
            deaths: row.get("deaths")?,
            expires_at: instant_if_any(row, "expires_at")?,
            is_benched: row.get("benched")?,
        });
    }
    Ok(parked)
}

/// Brings one job back to where it stood, unless it has expired meanwhile; answers whether it came.
fn bring_back(turn: &mut Turn<'_>, queue: QueueNumber, job: &Parked) -> Result<bool, Fault> {
    const SQL: &str = "UPDATE jobs SET place = ?2 WHERE seq = ?1";
    if job.expires_at.is_some_and(|expires_at| expires_at <= turn.now()) {
        expire(turn, job.id)?;
        return Ok(false);
    }
    turn.prepare(SQL)?.execute(params![job.seq, place_after(job.deaths)])?;
    turn.stands(queue, &job.tenant)?;
    Ok(true)
}

/// The next kind in the order of names that jobs wait for.
fn next_unserved(turn: &Turn<'_>, queue: QueueNumber, after: &str) -> Result<Option<KindName>, Fault> {
    const SQL: &str = "SELECT kind FROM jobs WHERE queue = ?1 AND state = 3 AND place = 3 AND kind > ?2
        ORDER BY kind LIMIT 1";
    let read = |row: &rusqlite::Row<'_>| Ok(name(row, "kind"));
    turn.prepare(SQL)?.query_row(params![queue.get(), after], read).optional()?.transpose()
}
