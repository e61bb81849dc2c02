use windlass_queue::{DeleteAnswer, EventVerb};
use windlass_shared::{JobId, JobState};

use super::passage::pass;
use super::removal::remove;
use super::standing::Standing;
use crate::fault::Fault;
use crate::turn::Turn;

/// Removes jobs with all that is known of them, unless they run.
pub(crate) fn delete(turn: &mut Turn<'_>, jobs: &[JobId]) -> Result<Vec<DeleteAnswer>, Fault> {
    jobs.iter().map(|job| delete_one(turn, *job)).collect()
}

fn delete_one(turn: &mut Turn<'_>, id: JobId) -> Result<DeleteAnswer, Fault> {
    let Some(job) = Standing::of(turn, id)? else { return Ok(DeleteAnswer::NotFound) };
    if job.snapshot.state == JobState::Running {
        return Ok(DeleteAnswer::Running);
    }
    turn.tell(EventVerb::Delete, &job, None);
    pass(turn, &job, None)?;
    remove(turn, job.seq, job.features)?;
    Ok(DeleteAnswer::Deleted(job.snapshot.state))
}
