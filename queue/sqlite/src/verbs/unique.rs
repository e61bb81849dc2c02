//! Who holds a key, who waits for it, and what happens when it is let go.

use rusqlite::{OptionalExtension, Row, params};
use windlass_queue::{Unique, UniqueKey, Until};
use windlass_shared::{JobId, JobState, QueueNumber, Timestamp};

use super::arrival::arrive;
use super::standing::Standing;
use crate::extras::Extras;
use crate::fault::Fault;
use crate::stored::{self, limit};
use crate::turn::Turn;

/// A key that is held.
#[derive(Debug)]
pub(super) struct Held {
    /// By this job, which may be gone.
    pub(super) holder: JobId,
    /// For this one, once the holder lets go.
    pub(super) heir: Option<JobId>,
    /// Until then at the latest.
    pub(super) until: Option<Timestamp>,
}

/// How a key is held now. One whose period is over goes to its heir first, or is free.
pub(super) fn held(turn: &mut Turn<'_>, queue: QueueNumber, key: UniqueKey) -> Result<Option<Held>, Fault> {
    let Some(held) = find(turn, queue, key)? else { return Ok(None) };
    if held.until.is_none_or(|until| until > turn.now()) {
        return Ok(Some(held));
    }
    hand_over(turn, queue, key, &held)?;
    find(turn, queue, key)
}

/// Gives a free key, or one that it holds already, to a job.
pub(super) fn take(turn: &Turn<'_>, queue: QueueNumber, unique: &Unique, holder: JobId) -> Result<(), Fault> {
    const SQL: &str = "INSERT INTO uniques (queue, key, holder, until) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET holder = excluded.holder, until = excluded.until";
    let until = match unique.until {
        Until::Start | Until::Finish => None,
        Until::Period(period) => Some(turn.now().plus(period).as_millis()),
    };
    turn.prepare(SQL)?.execute(params![queue.get(), unique.key.0, holder.as_bytes(), until])?;
    Ok(())
}

/// Makes a job the one that waits for a key, or nobody.
pub(super) fn set_heir(
    turn: &Turn<'_>,
    queue: QueueNumber,
    key: UniqueKey,
    heir: Option<JobId>,
) -> Result<(), Fault> {
    const SQL: &str = "UPDATE uniques SET heir = ?3 WHERE queue = ?1 AND key = ?2";
    turn.prepare(SQL)?.execute(params![queue.get(), key.0, heir.as_ref().map(JobId::as_bytes)])?;
    Ok(())
}

/// Lets go of the key of a job that goes to this state, or away, if that is what the rules say.
pub(super) fn let_go(
    turn: &mut Turn<'_>,
    job: JobId,
    unique: &Unique,
    to: Option<JobState>,
) -> Result<(), Fault> {
    let lets_go = to.is_none_or(|state| unique.until.lets_go_in(state));
    let is_over = to.is_none_or(JobState::is_final);
    if !lets_go && !is_over {
        return Ok(());
    }
    let queue = job.queue();
    match find(turn, queue, unique.key)? {
        Some(held) if held.holder == job && lets_go => hand_over(turn, queue, unique.key, &held),
        Some(held) if held.heir == Some(job) && is_over => set_heir(turn, queue, unique.key, None),
        _ => Ok(()),
    }
}

/// Hands over keys whose periods are over while somebody waits for them, earliest first.
pub(super) fn end_periods(turn: &mut Turn<'_>, queue: QueueNumber, most: usize) -> Result<usize, Fault> {
    const SQL: &str = "SELECT key FROM uniques WHERE queue = ?1 AND until IS NOT NULL AND heir IS NOT NULL
        AND until <= ?2 ORDER BY until LIMIT ?3";
    let which = params![queue.get(), turn.now().as_millis(), limit(most)];
    let mut statement = turn.prepare(SQL)?;
    let keys: Vec<_> = statement.query_map(which, |row| row.get(0))?.collect::<Result<_, _>>()?;
    for key in &keys {
        held(turn, queue, UniqueKey(*key))?;
    }
    Ok(keys.len())
}

/// When the next key comes to its heir by the end of a period.
pub(crate) fn next_end(turn: &Turn<'_>, queue: QueueNumber) -> Result<Option<Timestamp>, Fault> {
    const SQL: &str = "SELECT until FROM uniques WHERE queue = ?1 AND until IS NOT NULL AND heir IS NOT NULL
        ORDER BY until LIMIT 1";
    let next: Option<i64> = turn.prepare(SQL)?.query_row([queue.get()], |row| row.get(0)).optional()?;
    Ok(next.map(Timestamp::from_millis))
}

/// Forgets keys whose periods are over and that nobody waits for.
pub(super) fn drop_ended(turn: &Turn<'_>, queue: QueueNumber, most: usize) -> Result<(), Fault> {
    const SQL: &str = "DELETE FROM uniques WHERE queue = ?1 AND heir IS NULL AND key IN
        (SELECT key FROM uniques WHERE queue = ?1 AND until IS NOT NULL AND until <= ?2 ORDER BY until LIMIT ?3)";
    turn.prepare(SQL)?.execute(params![queue.get(), turn.now().as_millis(), limit(most)])?;
    Ok(())
}

fn find(turn: &Turn<'_>, queue: QueueNumber, key: UniqueKey) -> Result<Option<Held>, Fault> {
    const SQL: &str = "SELECT holder, heir, until FROM uniques WHERE queue = ?1 AND key = ?2";
    let read = |row: &Row<'_>| Ok(read(row));
    turn.prepare(SQL)?.query_row(params![queue.get(), key.0], read).optional()?.transpose()
}

fn read(row: &Row<'_>) -> Result<Held, Fault> {
    Ok(Held {
        holder: stored::id(row, "holder")?,
        heir: row.get::<_, Option<_>>("heir")?.map(JobId::from_bytes),
        until: stored::instant_if_any(row, "until")?,
    })
}

/// Gives a key that was let go to its heir, which waits no longer; or to nobody.
fn hand_over(turn: &mut Turn<'_>, queue: QueueNumber, key: UniqueKey, held: &Held) -> Result<(), Fault> {
    const FREE: &str = "DELETE FROM uniques WHERE queue = ?1 AND key = ?2";
    turn.prepare(FREE)?.execute(params![queue.get(), key.0])?;
    let Some(id) = held.heir else { return Ok(()) };
    let heir = Standing::of(turn, id)?.filter(|heir| heir.snapshot.state == JobState::Pending);
    let Some(heir) = heir else { return Err(Fault::Corrupt(format!("the heir {id} does not wait"))) };
    let Some(unique) = Extras::of(turn.connection(), heir.seq, heir.features)?.unique else {
        return Err(Fault::Corrupt(format!("the heir {id} is not unique")));
    };
    take(turn, queue, &unique, id)?;
    arrive(turn, &heir, heir.run_at)?;
    Ok(())
}
