use rusqlite::params;
use windlass_queue::{Order, PolicyChange, QueuePolicy};
use windlass_shared::QueueName;

use super::queue_number::queue_number;
use super::ruled;
use crate::fault::Fault;
use crate::questions::policy::{policy, retention_text};
use crate::turn::Turn;

/// Changes what holds for a queue as a whole, and answers what holds now.
pub(crate) fn set_policy(
    turn: &mut Turn<'_>,
    queue: &QueueName,
    change: PolicyChange,
) -> Result<QueuePolicy, Fault> {
    const SQL: &str =
        "INSERT OR REPLACE INTO policies (queue, priority_first, draining, max_depth, tenant_quota, retention)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let queue = queue_number(turn, queue)?;
    let policy = change.onto(policy(turn.connection(), queue)?);
    turn.prepare(SQL)?.execute(params![
        queue.get(),
        policy.order == Order::PriorityFirst,
        policy.draining,
        policy.max_depth,
        policy.tenant_quota,
        policy.retention.as_ref().map(retention_text),
    ])?;
    ruled::refresh(turn, queue)?;
    Ok(policy)
}
