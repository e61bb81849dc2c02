use rusqlite::params;
use windlass_queue::{CancelAnswer, Decision, Event, EventVerb, Notice, transition};
use windlass_shared::{Claim, JobId, JobState};

use super::passage::pass;
use super::standing::Standing;
use crate::fault::Fault;
use crate::turn::Turn;
use crate::wake::Signal;

/// Cancels jobs: at once where none runs it, otherwise by request to the worker that does.
pub(crate) fn cancel(turn: &mut Turn<'_>, jobs: &[JobId]) -> Result<Vec<CancelAnswer>, Fault> {
    jobs.iter().map(|job| cancel_one(turn, *job)).collect()
}

fn cancel_one(turn: &mut Turn<'_>, id: JobId) -> Result<CancelAnswer, Fault> {
    let Some(job) = Standing::of(turn, id)? else { return Ok(CancelAnswer::NotFound) };
    let Decision::Change(change) = transition(job.snapshot, Event::Cancel) else {
        return Ok(CancelAnswer::AlreadyFinal(job.snapshot.state));
    };
    if change.after.state == JobState::Cancelled {
        end_at_once(turn, &job)?;
        return Ok(CancelAnswer::Cancelled);
    }
    request(turn, &job)?;
    Ok(CancelAnswer::Requested)
}

fn end_at_once(turn: &mut Turn<'_>, job: &Standing) -> Result<(), Fault> {
    const SQL: &str = "UPDATE jobs SET state = 7, finished_at = ?2 WHERE seq = ?1";
    turn.prepare(SQL)?.execute(params![job.seq, turn.now().as_millis()])?;
    turn.tell(EventVerb::Cancel, job, Some(JobState::Cancelled));
    pass(turn, job, Some(JobState::Cancelled))
}

/// Asked again, the worker is told again: the first notice may have been lost with its listener.
fn request(turn: &mut Turn<'_>, job: &Standing) -> Result<(), Fault> {
    const SQL: &str = "UPDATE jobs SET cancel_requested = 1 WHERE seq = ?1 AND cancel_requested = 0";
    turn.prepare(SQL)?.execute([job.seq])?;
    if let Some(token) = job.current() {
        let notice = Notice::Cancel(Claim { job: job.id, token });
        turn.signal(Signal { queue: job.queue, worker: token.worker, notice });
    }
    Ok(())
}
