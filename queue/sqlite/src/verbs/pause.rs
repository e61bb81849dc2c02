use std::time::Duration;

use rusqlite::params;
use windlass_queue::{LimitScope, MAX_TEXT_BYTES, Pause, Paused, Scope, truncated};
use windlass_shared::{QueueName, Timestamp};

use super::queue_number::queue_number;
use super::{lifts, ruled};
use crate::fault::Fault;
use crate::turn::Turn;

/// Holds something up; takes the place of an earlier pause of the same scope.
pub(crate) fn pause(turn: &mut Turn<'_>, queue: &QueueName, pause: &Pause) -> Result<(), Fault> {
    const SQL: &str = "INSERT INTO pauses (queue, scope, until, note) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET until = excluded.until, note = excluded.note";
    let Pause { scope, lasts, note } = pause.clone();
    let until = lasts.map(|lasts| turn.now().plus(lasts));
    store(turn, SQL, queue, &Paused { scope, until, note })
}

/// Holds something up for at least this long; a pause that lasts longer stays as it is.
pub(crate) fn hold(
    turn: &mut Turn<'_>,
    queue: &QueueName,
    scope: &Scope,
    lasts: Duration,
    note: &str,
) -> Result<(), Fault> {
    const SQL: &str = "INSERT INTO pauses (queue, scope, until, note) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET until = excluded.until, note = excluded.note WHERE until < excluded.until";
    let until = Some(turn.now().plus(lasts));
    store(turn, SQL, queue, &Paused { scope: scope.clone(), until, note: Some(note.to_owned()) })
}

fn store(turn: &mut Turn<'_>, sql: &'static str, queue: &QueueName, pause: &Paused) -> Result<(), Fault> {
    let Paused { scope, until, note } = pause;
    let queue = queue_number(turn, queue)?;
    let note = note.as_ref().map(|note| truncated(note, MAX_TEXT_BYTES));
    turn.prepare(sql)?.execute(params![
        queue.get(),
        scope.to_string(),
        until.map(Timestamp::as_millis),
        note
    ])?;
    // What is held up already may be let through earlier than it was.
    lifts::look_after_change(turn, queue, &LimitScope::One(scope.clone()))?;
    ruled::refresh(turn, queue)
}
