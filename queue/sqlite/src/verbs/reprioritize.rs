use rusqlite::params;
use windlass_queue::ReprioritizeAnswer;
use windlass_shared::{JobId, JobState, Priority};

use super::arrival::arrive;
use super::standing::Standing;
use crate::fault::Fault;
use crate::turn::Turn;

/// Gives jobs that have not ended another priority.
pub(crate) fn reprioritize(
    turn: &mut Turn<'_>,
    jobs: &[JobId],
    priority: Priority,
) -> Result<Vec<ReprioritizeAnswer>, Fault> {
    jobs.iter().map(|job| reprioritize_one(turn, *job, priority)).collect()
}

fn reprioritize_one(turn: &mut Turn<'_>, id: JobId, priority: Priority) -> Result<ReprioritizeAnswer, Fault> {
    let Some(job) = Standing::of(turn, id)? else { return Ok(ReprioritizeAnswer::NotFound) };
    let state = job.snapshot.state;
    if state.is_final() {
        return Ok(ReprioritizeAnswer::AlreadyFinal(state));
    }
    if job.priority != priority {
        change(turn, &job, priority)?;
    }
    Ok(ReprioritizeAnswer::Changed(state))
}

fn change(turn: &mut Turn<'_>, job: &Standing, priority: Priority) -> Result<(), Fault> {
    // One that runs comes back to the front of its new lane, where it never stood.
    const SQL: &str = "UPDATE jobs SET priority = ?2, position = CASE WHEN state = 4 THEN 0 ELSE position END
        WHERE seq = ?1";
    turn.prepare(SQL)?.execute(params![job.seq, priority.get()])?;
    if job.snapshot.state == JobState::Available {
        // Out of where it is parked, too.
        // Whatever the clock did since, it stays available.
        arrive(turn, job, job.run_at.min(turn.now()))?;
    }
    Ok(())
}
