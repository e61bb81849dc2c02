use rusqlite::params;
use windlass_queue::Fenced;
use windlass_shared::Claim;

use super::standing::Standing;
use crate::fault::Fault;
use crate::turn::Turn;

/// Notes that a suspect starts now and runs alone; its attempt's time counts from here.
pub(crate) fn begin_alone(turn: &Turn<'_>, claim: Claim) -> Result<Fenced, Fault> {
    const SQL: &str = "UPDATE jobs SET alone = 1, attempted_at = ?2 WHERE seq = ?1";
    let Some(job) = Standing::of(turn, claim.job)?.filter(|job| job.is_held_by(claim.token)) else {
        return Ok(Fenced::Stale);
    };
    turn.prepare(SQL)?.execute(params![job.seq, turn.now().as_millis()])?;
    Ok(Fenced::Applied)
}
