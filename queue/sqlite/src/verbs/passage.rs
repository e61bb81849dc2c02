use windlass_shared::JobState;

use super::standing::Standing;
use super::{batches, parking, slots, unique};
use crate::extras::Extras;
use crate::fault::Fault;
use crate::turn::Turn;

/// Does what follows when a job goes to another state, or away (`None`): it is counted and told, gives back what it holds
/// of limits and lets go of its unique key, and is crossed off in its batch. `job` is what it was before.
///
/// Whoever changes a state changes the row, then calls this; who removes a job calls this first.
pub(super) fn pass(turn: &mut Turn<'_>, job: &Standing, to: Option<JobState>) -> Result<(), Fault> {
    let from = job.snapshot.state;
    turn.count(job.queue, Some(from), to);
    let unfinished = |state: JobState| i64::from(!state.is_final());
    let change = to.map_or(0, unfinished) - unfinished(from);
    if change != 0 {
        turn.count_unfinished(job.queue, &job.tenant, change);
    }
    if from == JobState::Available {
        parking::leave(turn, job.queue, job.parked_by.as_ref())?;
    }
    slots::release(turn, job)?;
    if to == Some(JobState::Available) {
        turn.stands(job.queue, &job.tenant)?;
    } else if from == JobState::Available {
        turn.moves(job.queue, &job.tenant)?;
    }
    if !job.features.has_ties() {
        return Ok(());
    }
    let extras = Extras::of(turn.connection(), job.seq, job.features)?;
    if let Some(unique) = &extras.unique {
        unique::let_go(turn, job.id, unique, to)?;
    }
    // Who goes away without an end counts as cancelled.
    let end = to.unwrap_or(JobState::Cancelled);
    if let Some(batch) = extras.batch.filter(|_| end.is_final() && !from.is_final()) {
        batches::cross_off(turn, batch, job.id, end)?;
    }
    Ok(())
}
