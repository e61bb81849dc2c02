use std::num::{NonZeroU16, NonZeroU64};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};
use windlass_queue::{Order, QueuePolicy, Retention, TenantPolicy};
use windlass_shared::{QueueNumber, TenantId};

use crate::fault::Fault;
use crate::stored::millis;

/// What holds for a queue as a whole.
pub(crate) fn policy(connection: &Connection, queue: QueueNumber) -> Result<QueuePolicy, Fault> {
    const SQL: &str = "SELECT priority_first, draining, max_depth, tenant_quota, retention FROM policies
        WHERE queue = ?1";
    let read = |row: &Row<'_>| Ok(read(row));
    connection
        .prepare_cached(SQL)?
        .query_row([queue.get()], read)
        .optional()?
        .unwrap_or_else(|| Ok(QueuePolicy::default()))
}

/// How many unfinished jobs a tenant may have, where it has a quota of its own.
pub(crate) fn quota(
    connection: &Connection,
    queue: QueueNumber,
    tenant: &TenantId,
) -> Result<Option<NonZeroU64>, Fault> {
    const SQL: &str = "SELECT quota FROM tenants WHERE queue = ?1 AND tenant = ?2";
    let quota: Option<Option<u64>> = connection
        .prepare_cached(SQL)?
        .query_row(params![queue.get(), tenant.as_str()], |row| row.get(0))
        .optional()?;
    Ok(quota.flatten().and_then(NonZeroU64::new))
}

fn read(row: &Row<'_>) -> Result<QueuePolicy, Fault> {
    let order = if row.get("priority_first")? { Order::PriorityFirst } else { Order::TenantsFirst };
    let bound = |column| Ok::<_, Fault>(row.get::<_, Option<u64>>(column)?.and_then(NonZeroU64::new));
    Ok(QueuePolicy {
        order,
        draining: row.get("draining")?,
        max_depth: bound("max_depth")?,
        tenant_quota: bound("tenant_quota")?,
        retention: row.get::<_, Option<String>>("retention")?.map(|text| retention(&text)).transpose()?,
    })
}

/// Milliseconds and numbers in the order of the fields.
fn retention(text: &str) -> Result<Retention, Fault> {
    let wrong = || Fault::Corrupt(format!("a retention {text:?}"));
    let numbers: Vec<u64> = text.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
    let [completed_for, completed_most, failed_for, failed_most, results_for] = numbers[..] else {
        return Err(wrong());
    };
    Ok(Retention {
        completed_for: Duration::from_millis(completed_for),
        completed_most: usize::try_from(completed_most).unwrap_or(usize::MAX),
        failed_for: Duration::from_millis(failed_for),
        failed_most: usize::try_from(failed_most).unwrap_or(usize::MAX),
        results_for: Duration::from_millis(results_for),
    })
}

/// The text that a retention is stored as.
pub(crate) fn retention_text(retention: &Retention) -> String {
    let Retention { completed_for, completed_most, failed_for, failed_most, results_for } = retention;
    let [completed_for, failed_for, results_for] =
        [completed_for, failed_for, results_for].map(|age| millis(*age));
    format!("{completed_for},{completed_most},{failed_for},{failed_most},{results_for}")
}

/// What holds for the tenant in a row.
pub(super) fn read_tenant(row: &Row<'_>) -> Result<TenantPolicy, Fault> {
    let weight = NonZeroU16::new(row.get("weight")?).unwrap_or(NonZeroU16::MIN);
    Ok(TenantPolicy { weight, quota: row.get::<_, Option<u64>>("quota")?.and_then(NonZeroU64::new) })
}
