use rusqlite::Connection;
use windlass_queue::{Limit, LimitScope, Parked, Paused, Rules, Scope, TenantPolicy};
use windlass_shared::{QueueName, QueueNumber, TenantId, Timestamp};

use super::policy::{policy, read_tenant};
use crate::fault::Fault;
use crate::ruling::{is_in_force, read_limit, read_pause};
use crate::stored::name;
use crate::verbs::queue_number::known;

/// All that is in force for a queue.
pub(crate) fn rules(connection: &Connection, now: Timestamp, queue: &QueueName) -> Result<Rules, Fault> {
    let Some(queue) = known(connection, queue)? else { return Ok(Rules::default()) };
    Ok(Rules {
        policy: policy(connection, queue)?,
        tenants: tenants(connection, queue)?,
        pauses: pauses(connection, queue, now)?,
        limits: limits(connection, queue)?,
        parked: parked(connection, queue)?,
    })
}

fn tenants(connection: &Connection, queue: QueueNumber) -> Result<Vec<(TenantId, TenantPolicy)>, Fault> {
    const SQL: &str = "SELECT tenant, weight, quota FROM tenants WHERE queue = ?1 ORDER BY tenant";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([queue.get()])?;
    let mut tenants = Vec::new();
    while let Some(row) = rows.next()? {
        tenants.push((name(row, "tenant")?, read_tenant(row)?));
    }
    Ok(tenants)
}

fn pauses(connection: &Connection, queue: QueueNumber, now: Timestamp) -> Result<Vec<Paused>, Fault> {
    const SQL: &str = "SELECT scope, until, note FROM pauses WHERE queue = ?1 ORDER BY scope";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([queue.get()])?;
    let mut pauses = Vec::new();
    while let Some(row) = rows.next()? {
        pauses.push(read_pause(row)?);
    }
    pauses.retain(|pause| is_in_force(pause, now));
    Ok(pauses)
}

fn limits(connection: &Connection, queue: QueueNumber) -> Result<Vec<(LimitScope, Limit)>, Fault> {
    const SQL: &str =
        "SELECT scope, concurrency, starts, period, burst FROM limits WHERE queue = ?1 ORDER BY scope";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([queue.get()])?;
    let mut limits = Vec::new();
    while let Some(row) = rows.next()? {
        limits.push((name(row, "scope")?, read_limit(row)?));
    }
    Ok(limits)
}

/// Counts the entries of the two indexes of parked jobs.
fn parked(connection: &Connection, queue: QueueNumber) -> Result<Vec<Parked>, Fault> {
    const BY_RULES: &str = "SELECT parked_by, count(*) AS jobs FROM jobs
        WHERE queue = ?1 AND state = 3 AND place = 2 GROUP BY parked_by";
    const UNSERVED: &str = "SELECT kind, count(*) AS jobs FROM jobs
        WHERE queue = ?1 AND state = 3 AND place = 3 GROUP BY kind";
    let mut parked = Vec::new();
    let mut statement = connection.prepare_cached(BY_RULES)?;
    let mut rows = statement.query([queue.get()])?;
    while let Some(row) = rows.next()? {
        parked.push(Parked { scope: name(row, "parked_by")?, unserved: false, jobs: row.get("jobs")? });
    }
    let mut statement = connection.prepare_cached(UNSERVED)?;
    let mut rows = statement.query([queue.get()])?;
    while let Some(row) = rows.next()? {
        let scope = Scope::Kind(name(row, "kind")?);
        parked.push(Parked { scope, unserved: true, jobs: row.get("jobs")? });
    }
    Ok(parked)
}
