use rusqlite::{Connection, OptionalExtension, params};
use windlass_queue::Load;
use windlass_shared::{QueueName, QueueNumber, TenantId, Timestamp};

use crate::fault::Fault;
use crate::verbs::queue_number::known;

/// How many jobs are counted at most that are due: more of them would not change what anybody does.
const MOST_DUE: i64 = 10_000;
/// The first jobs of how many tenants are looked at.
const TENANTS: i64 = 100;

/// How much there is to do beyond what the counts tell.
pub(crate) fn load(
    connection: &Connection,
    now: Timestamp,
    queue: &QueueName,
    tenant: Option<&TenantId>,
) -> Result<Load, Fault> {
    let Some(queue) = known(connection, queue)? else {
        return Ok(Load { due: 0, oldest: None, of_tenant: tenant.map(|_| 0) });
    };
    Ok(Load {
        due: due(connection, now, queue)?,
        oldest: oldest(connection, queue, tenant)?,
        of_tenant: tenant.map(|tenant| unfinished(connection, queue, tenant)).transpose()?,
    })
}

fn due(connection: &Connection, now: Timestamp, queue: QueueNumber) -> Result<u64, Fault> {
    const SQL: &str =
        "SELECT count(*) FROM (SELECT 1 FROM jobs WHERE queue = ?1 AND state IN (1, 5) AND run_at <= ?2
        LIMIT ?3)";
    let which = params![queue.get(), now.as_millis(), MOST_DUE];
    Ok(connection.prepare_cached(SQL)?.query_row(which, |row| row.get(0))?)
}

/// Since when the first jobs of the lanes wait.
fn oldest(
    connection: &Connection,
    queue: QueueNumber,
    tenant: Option<&TenantId>,
) -> Result<Option<Timestamp>, Fault> {
    const SQL: &str = "WITH priorities (priority) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)),
        tenants AS (SELECT tenant FROM tenant_counts WHERE queue = ?1 AND (?2 IS NULL OR tenant = ?2) LIMIT ?3)
        SELECT min((SELECT run_at FROM jobs WHERE queue = ?1 AND jobs.tenant = tenants.tenant
            AND jobs.priority = priorities.priority AND state = 3 AND place = 0 ORDER BY position LIMIT 1))
        FROM tenants CROSS JOIN priorities";
    let which = params![queue.get(), tenant.map(TenantId::as_str), TENANTS];
    let oldest: Option<i64> = connection.prepare_cached(SQL)?.query_row(which, |row| row.get(0))?;
    Ok(oldest.map(Timestamp::from_millis))
}

fn unfinished(connection: &Connection, queue: QueueNumber, tenant: &TenantId) -> Result<u64, Fault> {
    const SQL: &str = "SELECT jobs FROM tenant_counts WHERE queue = ?1 AND tenant = ?2";
    let which = params![queue.get(), tenant.as_str()];
    let jobs: Option<u64> = connection.prepare_cached(SQL)?.query_row(which, |row| row.get(0)).optional()?;
    Ok(jobs.unwrap_or_default())
}
