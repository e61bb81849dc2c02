use rusqlite::params;
use windlass_queue::TenantPolicy;
use windlass_shared::{QueueName, TenantId};

use super::queue_number::queue_number;
use super::ruled;
use crate::fault::Fault;
use crate::turn::Turn;

/// Sets what holds for a tenant, or makes it one like all others.
pub(crate) fn set_tenant(
    turn: &mut Turn<'_>,
    queue: &QueueName,
    tenant: &TenantId,
    policy: Option<&TenantPolicy>,
) -> Result<(), Fault> {
    const SET: &str = "INSERT OR REPLACE INTO tenants (queue, tenant, weight, quota) VALUES (?1, ?2, ?3, ?4)";
    const REMOVE: &str = "DELETE FROM tenants WHERE queue = ?1 AND tenant = ?2";
    const END_TURN: &str = "UPDATE queues SET turn_left = 0 WHERE number = ?1 AND last_tenant = ?2";
    let queue = queue_number(turn, queue)?;
    match policy {
        Some(TenantPolicy { weight, quota }) => {
            turn.prepare(SET)?.execute(params![queue.get(), tenant.as_str(), weight, quota])?
        }
        None => turn.prepare(REMOVE)?.execute(params![queue.get(), tenant.as_str()])?,
    };
    turn.prepare(END_TURN)?.execute(params![queue.get(), tenant.as_str()])?;
    ruled::refresh(turn, queue)
}
