use rusqlite::params;

use super::records;
use crate::fault::Fault;
use crate::features::Features;
use crate::turn::Turn;

/// Removes a job's rows and lets its tombstone begin; answers how many rows that were, roughly.
pub(super) fn remove(turn: &Turn<'_>, seq: i64, features: Features) -> Result<usize, Fault> {
    const TOMBSTONE: &str = "INSERT OR REPLACE INTO tombstones (id, until)
        SELECT id, ?2 + tombstone FROM jobs JOIN payloads ON job = seq WHERE seq = ?1 AND tombstone IS NOT NULL";
    const REST: [&str; 3] = [
        "DELETE FROM jobs WHERE seq = ?1",
        "DELETE FROM payloads WHERE job = ?1",
        "DELETE FROM failures WHERE job = ?1",
    ];
    const EXTRAS: &str = "DELETE FROM extras WHERE job = ?1";
    const LINES: &str = "DELETE FROM log_lines WHERE job = ?1";
    turn.prepare(TOMBSTONE)?.execute(params![seq, turn.now().as_millis()])?;
    for sql in REST {
        turn.prepare(sql)?.execute([seq])?;
    }
    if features.has_extras() {
        turn.prepare(EXTRAS)?.execute([seq])?;
    }
    let steps = records::forget(turn, seq, features)?;
    Ok(steps + turn.prepare(LINES)?.execute([seq])?)
}
