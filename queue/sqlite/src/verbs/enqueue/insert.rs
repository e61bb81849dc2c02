use rusqlite::params;
use windlass_queue::NewJob;
use windlass_shared::{JobState, LimitKey, Timestamp};

use super::expires_at;
use crate::extras::Extras;
use crate::fault::Fault;
use crate::features::Features;
use crate::stored::{joined, millis};
use crate::turn::Turn;

/// Stores a job whose id is new, at the back.
pub(super) fn insert(
    turn: &mut Turn<'_>,
    job: &NewJob,
    state: JobState,
    run_at: Timestamp,
) -> Result<(), Fault> {
    const JOB: &str = "INSERT INTO jobs (id, queue, tenant, kind, priority, state, position, max_attempts,
        timeout, created_at, run_at, features, expires_at, limit_key)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    const PAYLOAD: &str = "INSERT INTO payloads (job, tags, tombstone, args) VALUES (?1, ?2, ?3, ?4)";
    let position = turn.move_back(job.id.queue(), 1)? + 1;
    turn.prepare(JOB)?.execute(params![
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
        Features::of(job),
        expires_at(turn, job).map(Timestamp::as_millis),
        job.limit_key.as_ref().map(LimitKey::as_str),
    ])?;
    let seq = turn.last_inserted();
    let tombstone = job.tombstone.map(millis);
    turn.prepare(PAYLOAD)?.execute(params![seq, joined(&job.tags), tombstone, job.args.as_ref()])?;
    Extras::store(turn, seq, job)
}
