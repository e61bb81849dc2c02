use rusqlite::params;
use windlass_shared::{JobState, Timestamp};

use super::passage::pass;
use super::standing::Standing;
use crate::fault::Fault;
use crate::stored::place_after;
use crate::turn::Turn;

/// Sends a job to the back of its lane, or lets it wait while `run_at` is ahead; answers its new state.
pub(super) fn arrive(turn: &mut Turn<'_>, job: &Standing, run_at: Timestamp) -> Result<JobState, Fault> {
    const WAIT: &str =
        "UPDATE jobs SET state = 1, run_at = ?2, parked_by = NULL, parking = NULL WHERE seq = ?1";
    const STAND: &str = "UPDATE jobs SET state = 3, run_at = ?2, place = ?3, position = ?4, parked_by = NULL,
        parking = NULL WHERE seq = ?1";
    let state = if run_at > turn.now() { JobState::Scheduled } else { JobState::Available };
    if state == JobState::Scheduled {
        turn.prepare(WAIT)?.execute(params![job.seq, run_at.as_millis()])?;
        turn.waits(job.queue, run_at);
    } else {
        let position = turn.move_back(job.queue, 1)? + 1;
        let place = place_after(job.snapshot.deaths);
        turn.prepare(STAND)?.execute(params![job.seq, run_at.as_millis(), place, position])?;
    }
    pass(turn, job, Some(state))?;
    Ok(state)
}
