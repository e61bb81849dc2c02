mod admission;
mod conflict;
mod insert;

use std::fmt::Display;

use rusqlite::{OptionalExtension, params};
use windlass_queue::{Acceptance, Enqueued, Expiry, NewJob, Rejection, When};
use windlass_shared::{JobId, JobState, QueueName, QueueNumber, Timestamp};

use self::admission::Gates;
use self::conflict::{Conflict, conflict};
use super::queue_number::is_number_of;
use super::unique;
use crate::fault::Fault;
use crate::stored::state;
use crate::turn::Turn;

/// Accepts jobs, but for those that the rules of their queues keep out.
pub(crate) fn enqueue(
    turn: &mut Turn<'_>,
    jobs: &[NewJob],
) -> Result<Vec<Result<Enqueued, Rejection>>, Fault> {
    let mut gates = Gates::default();
    let mut answers = Vec::with_capacity(jobs.len());
    for job in jobs {
        let gate = gates.of(turn, job)?;
        answers.push(match entry(turn, job)? {
            Entry::Known(answer) => Ok(answer),
            Entry::New(waits) => match gate.admit(turn, &job.tenant)? {
                Ok(()) => Ok(add(turn, job, waits)?),
                Err(rejection) => Err(rejection),
            },
        });
    }
    Ok(answers)
}

/// Accepts a job that follows from one that was accepted, whatever the rules of its queue say.
pub(super) fn accept(turn: &mut Turn<'_>, job: &NewJob) -> Result<Enqueued, Fault> {
    check_number(turn, &job.queue, job.id.queue(), &job.id)?;
    match entry(turn, job)? {
        Entry::Known(answer) => Ok(answer),
        Entry::New(waits) => add(turn, job, waits),
    }
}

/// Refuses an id that does not belong to the queue.
pub(super) fn check_number(
    turn: &Turn<'_>,
    queue: &QueueName,
    number: QueueNumber,
    id: &impl Display,
) -> Result<(), Fault> {
    if is_number_of(turn, queue, number)? {
        return Ok(());
    }
    let number = number.get();
    Err(Fault::Refused(format!("the id {id} carries {number}, not the number of {queue}")))
}

/// What stands for a job that is enqueued.
enum Entry {
    /// Something that was there before.
    Known(Enqueued),
    /// The job itself.
    New(Waits),
}

/// Whether a new job waits for the holder of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// Until that lets go, or until this instant at the latest.
    AsHeir(Option<Timestamp>),
    No,
}

fn entry(turn: &mut Turn<'_>, job: &NewJob) -> Result<Entry, Fault> {
    if let Some(state) = known(turn, job.id)? {
        return Ok(Entry::Known(Enqueued { id: job.id, state, acceptance: Acceptance::Duplicate }));
    }
    let Some(unique) = &job.unique else { return Ok(Entry::New(Waits::No)) };
    Ok(match conflict(turn, job, unique)? {
        Conflict::None => Entry::New(Waits::No),
        Conflict::Waits(until) => Entry::New(Waits::AsHeir(until)),
        Conflict::Answered(answer) => {
            remember(turn, job)?;
            Entry::Known(answer)
        }
    })
}

/// Remembers the id of a job that another one stands for like that of one that is gone, so that its content comes in once.
fn remember(turn: &Turn<'_>, job: &NewJob) -> Result<(), Fault> {
    const SQL: &str = "INSERT OR REPLACE INTO tombstones (id, until) VALUES (?1, ?2)";
    let Some(window) = job.tombstone else { return Ok(()) };
    let until = turn.now().plus(window).as_millis();
    turn.prepare(SQL)?.execute(params![job.id.as_bytes(), until])?;
    Ok(())
}

/// The state of a job whose id was accepted before; completed if it is gone and remembered.
fn known(turn: &Turn<'_>, id: JobId) -> Result<Option<JobState>, Fault> {
    const SQL: &str = "SELECT state FROM jobs WHERE id = ?1
        UNION ALL SELECT 6 AS state FROM tombstones WHERE id = ?1 AND until > ?2 LIMIT 1";
    let which = params![id.as_bytes(), turn.now().as_millis()];
    turn.prepare(SQL)?.query_row(which, |row| Ok(state(row, 0))).optional()?.transpose()
}

fn add(turn: &mut Turn<'_>, job: &NewJob, waits: Waits) -> Result<Enqueued, Fault> {
    let (queue, run_at) = (job.id.queue(), run_at(turn, job));
    let state = match waits {
        Waits::AsHeir(_) => JobState::Pending,
        Waits::No if run_at > turn.now() => JobState::Scheduled,
        Waits::No => JobState::Available,
    };
    insert::insert(turn, job, state, run_at)?;
    match (&job.unique, waits) {
        (Some(unique), Waits::No) => unique::take(turn, queue, unique, job.id)?,
        (Some(unique), Waits::AsHeir(_)) => unique::set_heir(turn, queue, unique.key, Some(job.id))?,
        (None, _) => {}
    }
    turn.count(queue, None, Some(state));
    turn.count_unfinished(queue, &job.tenant, 1);
    match waits {
        Waits::AsHeir(Some(until)) => turn.waits(queue, until),
        Waits::AsHeir(None) => {}
        Waits::No if state == JobState::Scheduled => turn.waits(queue, run_at),
        Waits::No => turn.stands(queue, &job.tenant)?,
    }
    Ok(Enqueued { id: job.id, state, acceptance: Acceptance::New })
}

/// When the job may start.
fn run_at(turn: &Turn<'_>, job: &NewJob) -> Timestamp {
    match job.when {
        When::Now => turn.now(),
        When::At(instant) => instant,
        When::After(delay) => turn.now().plus(delay),
    }
}

/// When the job is given up.
fn expires_at(turn: &Turn<'_>, job: &NewJob) -> Option<Timestamp> {
    job.expires.map(|expiry| match expiry {
        Expiry::At(instant) => instant,
        Expiry::After(delay) => turn.now().plus(delay),
    })
}
