use rusqlite::{OptionalExtension, params};
use windlass_queue::{Enqueued, NewJob, When};
use windlass_shared::{JobId, JobState, QueueName, QueueNumber, Timestamp};

use super::queue_number::is_number_of;
use crate::fault::Fault;
use crate::stored::{joined, millis, state};
use crate::turn::Turn;

/// Accepts jobs, all of them or none.
pub(crate) fn enqueue(turn: &mut Turn<'_>, jobs: &[NewJob]) -> Result<Vec<Enqueued>, Fault> {
    let mut backs: Vec<Back> = Vec::new();
    let mut answers = Vec::with_capacity(jobs.len());
    for job in jobs {
        let known = backs.iter().position(|back| back.name == job.queue && back.number == job.id.queue());
        let index = known.unwrap_or(backs.len());
        if known.is_none() {
            backs.push(Back::of(turn, job)?);
        }
        answers.push(enqueue_one(turn, job, &mut backs[index])?);
    }
    backs.iter().try_for_each(|back| back.store(turn))?;
    Ok(answers)
}

/// The back of a queue's lanes while a batch is added.
struct Back {
    name: QueueName,
    number: QueueNumber,
    last_position: i64,
}

impl Back {
    fn of(turn: &Turn<'_>, job: &NewJob) -> Result<Self, Fault> {
        const SQL: &str = "SELECT last_position FROM queues WHERE number = ?1";
        let number = job.id.queue();
        if !is_number_of(turn, &job.queue, number)? {
            let (id, queue, number) = (job.id, &job.queue, number.get());
            return Err(Fault::Refused(format!("the job {id} carries {number}, not the number of {queue}")));
        }
        let last_position = turn.prepare(SQL)?.query_row([number.get()], |row| row.get(0))?;
        Ok(Self { name: job.queue.clone(), number, last_position })
    }

    fn store(&self, turn: &Turn<'_>) -> Result<(), Fault> {
        const SQL: &str = "UPDATE queues SET last_position = ?2 WHERE number = ?1";
        turn.prepare(SQL)?.execute(params![self.number.get(), self.last_position])?;
        Ok(())
    }
}

fn enqueue_one(turn: &mut Turn<'_>, job: &NewJob, back: &mut Back) -> Result<Enqueued, Fault> {
    if has_tombstone(turn, job.id)? {
        return Ok(Enqueued { id: job.id, state: JobState::Completed, duplicate: true });
    }
    let run_at = match job.when {
        When::Now => turn.now(),
        When::At(instant) => instant,
        When::After(delay) => turn.now().plus(delay),
    };
    let state = if run_at > turn.now() { JobState::Scheduled } else { JobState::Available };
    if !insert(turn, job, state, run_at, back.last_position + 1)? {
        return Ok(Enqueued { id: job.id, state: state_of(turn, job.id)?, duplicate: true });
    }
    back.last_position += 1;
    turn.count(back.number, None, Some(state));
    if state == JobState::Scheduled {
        turn.waits(back.number, run_at);
    } else {
        turn.available(back.number, 1);
    }
    Ok(Enqueued { id: job.id, state, duplicate: false })
}

fn has_tombstone(turn: &Turn<'_>, id: JobId) -> Result<bool, Fault> {
    const SQL: &str = "SELECT 1 FROM tombstones WHERE id = ?1 AND until > ?2";
    Ok(turn.prepare(SQL)?.exists(params![id.as_bytes(), turn.now().as_millis()])?)
}

fn state_of(turn: &Turn<'_>, id: JobId) -> Result<JobState, Fault> {
    const SQL: &str = "SELECT state FROM jobs WHERE id = ?1";
    let found = turn.prepare(SQL)?.query_row([id.as_bytes()], |row| Ok(state(row))).optional()?;
    found.unwrap_or_else(|| Err(Fault::Corrupt(format!("the job {id} exists and does not"))))
}

/// Stores the job unless its id exists.
fn insert(
    turn: &Turn<'_>,
    job: &NewJob,
    state: JobState,
    run_at: Timestamp,
    position: i64,
) -> Result<bool, Fault> {
    const JOB: &str = "INSERT INTO jobs (id, queue, tenant, kind, priority, state, position, max_attempts,
        timeout, created_at, run_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        ON CONFLICT (id) DO NOTHING";
    const PAYLOAD: &str = "INSERT INTO payloads (job, tags, tombstone, args) VALUES (?1, ?2, ?3, ?4)";
    let inserted = turn.prepare(JOB)?.execute(params![
        job.id.as_bytes(),
        job.id.queue().get(),
        job.tenant.as_str(),
        job.kind.as_str(),
        job.priority.get(),
        state.code(),
        position,
        job.max_attempts.get(),
        millis(job.timeout),
        turn.now().as_millis(),
        run_at.as_millis(),
    ])?;
    if inserted == 0 {
        return Ok(false);
    }
    let seq = turn.last_inserted();
    let tombstone = job.tombstone.map(millis);
    turn.prepare(PAYLOAD)?.execute(params![seq, joined(&job.tags), tombstone, job.args.as_ref()])?;
    Ok(true)
}
