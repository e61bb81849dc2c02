use rusqlite::params;
use windlass_queue::Retention;
use windlass_shared::QueueNumber;

use crate::fault::Fault;
use crate::stored::limit;
use crate::turn::Turn;
use crate::verbs::events;

/// How many results one call drops at most.
const MOST: usize = 1_000;

/// Drops results that go earlier than their jobs, in the order of their ends; the queue remembers how far that has come.
/// (A job that a clock that stepped back let end before that keeps its result until it goes itself; nobody is told.)
pub(super) fn drop_old(turn: &Turn<'_>, queue: QueueNumber, retention: &Retention) -> Result<(), Fault> {
    const DROP: &str = "UPDATE jobs SET result = NULL WHERE seq = ?1 AND result IS NOT NULL";
    const REMEMBER: &str =
        "UPDATE queues SET results_dropped_at = ?2, results_dropped_seq = ?3 WHERE number = ?1";
    if retention.results_for >= retention.completed_for {
        return Ok(());
    }
    let old = old(turn, queue, retention)?;
    let mut statement = turn.prepare(DROP)?;
    for (_, seq) in &old {
        statement.execute([seq])?;
    }
    if let Some((finished_at, seq)) = old.last() {
        turn.prepare(REMEMBER)?.execute(params![queue.get(), finished_at, seq])?;
    }
    Ok(())
}

/// Those that come next: when they ended, and their rows.
fn old(turn: &Turn<'_>, queue: QueueNumber, retention: &Retention) -> Result<Vec<(i64, i64)>, Fault> {
    const DROPPED: &str = "SELECT results_dropped_at, results_dropped_seq FROM queues WHERE number = ?1";
    const OLD: &str = "SELECT finished_at, seq FROM jobs WHERE queue = ?1 AND state = 6 AND state >= 6
        AND (finished_at, seq) > (?2, ?3) AND finished_at < ?4 ORDER BY finished_at, seq LIMIT ?5";
    let pair = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let dropped: (i64, i64) = turn.prepare(DROPPED)?.query_row([queue.get()], pair)?;
    let before = retention.results_before(turn.now()).min(events::held_from(turn, queue)?).as_millis();
    let which = params![queue.get(), dropped.0, dropped.1, before, limit(MOST)];
    Ok(turn.prepare(OLD)?.query_map(which, pair)?.collect::<Result<_, _>>()?)
}
