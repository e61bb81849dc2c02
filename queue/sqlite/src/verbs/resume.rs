use rusqlite::{OptionalExtension, Row, params};
use windlass_queue::{LimitScope, Scope};
use windlass_shared::QueueName;

use super::queue_number::queue_number;
use super::wake::rouse;
use super::{lifts, ruled};
use crate::fault::Fault;
use crate::ruling::{is_in_force, read_pause};
use crate::turn::Turn;

/// Ends a pause or hold, and brings back what it held up; answers whether there was one.
pub(crate) fn resume(turn: &mut Turn<'_>, queue: &QueueName, scope: &Scope) -> Result<bool, Fault> {
    const SQL: &str = "DELETE FROM pauses WHERE queue = ?1 AND scope = ?2 RETURNING scope, until, note";
    let queue = queue_number(turn, queue)?;
    let which = params![queue.get(), scope.to_string()];
    let read = |row: &Row<'_>| Ok(read_pause(row));
    let Some(pause) = turn.prepare(SQL)?.query_row(which, read).optional()?.transpose()? else {
        return Ok(false);
    };
    lifts::look_after_change(turn, queue, &LimitScope::One(scope.clone()))?;
    rouse(turn, queue)?;
    ruled::refresh(turn, queue)?;
    Ok(is_in_force(&pause, turn.now()))
}
