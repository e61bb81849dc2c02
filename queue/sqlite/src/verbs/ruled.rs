//! Whether a queue has any rule. Where none is, claims look at nothing but lanes.

use rusqlite::params;
use windlass_shared::QueueNumber;

use super::ready;
use crate::fault::Fault;
use crate::turn::Turn;

/// Finds out anew whether the queue has any rule or holds anything up, and keeps a ring while it does.
pub(super) fn refresh(turn: &mut Turn<'_>, queue: QueueNumber) -> Result<(), Fault> {
    forget_ended(turn, queue)?;
    let is_ruled = is_ruled(turn, queue)?;
    if is_ruled != turn.is_ruled(queue)? {
        turn.set_ruled(queue, is_ruled)?;
        if is_ruled { ready::build(turn, queue)? } else { ready::clear(turn, queue)? }
    }
    Ok(())
}

fn is_ruled(turn: &Turn<'_>, queue: QueueNumber) -> Result<bool, Fault> {
    const ANY: [&str; 5] = [
        "SELECT 1 FROM pauses WHERE queue = ?1",
        "SELECT 1 FROM limits WHERE queue = ?1",
        "SELECT 1 FROM tenants WHERE queue = ?1",
        "SELECT 1 FROM policies WHERE queue = ?1 AND priority_first = 1",
        "SELECT 1 FROM scopes WHERE queue = ?1 AND look_at IS NOT NULL",
    ];
    for sql in ANY {
        if turn.prepare(sql)?.exists([queue.get()])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Forgets pauses that have ended by themselves.
fn forget_ended(turn: &Turn<'_>, queue: QueueNumber) -> Result<(), Fault> {
    const SQL: &str = "DELETE FROM pauses WHERE queue = ?1 AND until <= ?2";
    turn.prepare(SQL)?.execute(params![queue.get(), turn.now().as_millis()])?;
    Ok(())
}
