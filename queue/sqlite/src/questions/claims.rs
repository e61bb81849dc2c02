use rusqlite::{Connection, Row, params};
use windlass_queue::{Cursor, HeldClaim, RunningPage};
use windlass_shared::{Incarnation, QueueName, Timestamp};

use crate::fault::Fault;
use crate::stored::{self, limit};
use crate::verbs::queue_number::known;

/// How many claims a page has at most.
const MOST: usize = 1_000;

/// The current claims of a worker.
pub(crate) fn held(
    connection: &Connection,
    now: Timestamp,
    queue: &QueueName,
    worker: Incarnation,
) -> Result<Vec<HeldClaim>, Fault> {
    const SQL: &str = "SELECT id, worker, claims, attempted_at, timeout FROM jobs
        WHERE queue = ?1 AND worker = ?2 AND state = 4 ORDER BY seq";
    let Some(queue) = known(connection, queue)? else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![queue.get(), worker.as_bytes()])?;
    let mut held = Vec::new();
    while let Some(row) = rows.next()? {
        held.push(held_claim(row, now)?);
    }
    Ok(held)
}

/// A page of a queue's current claims, ordered by worker.
pub(crate) fn running(
    connection: &Connection,
    now: Timestamp,
    queue: &QueueName,
    after: Option<&Cursor>,
    most: usize,
) -> Result<RunningPage, Fault> {
    const SQL: &str = "SELECT seq, id, worker, claims, attempted_at, timeout FROM jobs
        WHERE queue = ?1 AND state = 4 AND (worker, seq) > (?2, ?3) ORDER BY worker, seq LIMIT ?4";
    let Some(queue) = known(connection, queue)? else { return Ok(RunningPage::default()) };
    let after = after.map_or(Ok(After::START), After::parse)?;
    let most = most.clamp(1, MOST);
    let mut statement = connection.prepare_cached(SQL)?;
    let worker = after.worker.as_ref().map_or(&[][..], |worker| worker.as_bytes());
    let mut rows = statement.query(params![queue.get(), worker, after.seq, limit(most)])?;
    let mut page = RunningPage::default();
    let mut last = After::START;
    while let Some(row) = rows.next()? {
        page.claims.push(held_claim(row, now)?);
        last = After { worker: Some(stored::incarnation(row, "worker")?), seq: row.get("seq")? };
    }
    if page.claims.len() == most {
        page.next = last.cursor();
    }
    Ok(page)
}

fn held_claim(row: &Row<'_>, now: Timestamp) -> Result<HeldClaim, Fault> {
    let ends_at = stored::instant(row, "attempted_at")?.plus(stored::duration(row, "timeout")?);
    let overdue = Some(now.since(ends_at)).filter(|overdue| !overdue.is_zero());
    Ok(HeldClaim { claim: stored::claim(row)?, overdue })
}

/// The last claim of a page, written like `00f1e2d3c4b5a697-42`.
struct After {
    worker: Option<Incarnation>,
    seq: i64,
}

impl After {
    const START: Self = Self { worker: None, seq: 0 };

    fn parse(cursor: &Cursor) -> Result<Self, Fault> {
        let parts = cursor.0.split_once('-').and_then(|(worker, seq)| {
            Some(Self { worker: Some(worker.parse().ok()?), seq: seq.parse().ok()? })
        });
        parts.ok_or(Fault::InvalidCursor)
    }

    fn cursor(&self) -> Option<Cursor> {
        self.worker.map(|worker| Cursor(format!("{worker}-{}", self.seq)))
    }
}
