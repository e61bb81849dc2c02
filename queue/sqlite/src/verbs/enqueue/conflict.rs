use rusqlite::params;
use windlass_queue::{Acceptance, Enqueued, NewJob, Resolution, Unique};
use windlass_shared::{JobState, LimitKey, Timestamp};

use super::{expires_at, run_at};
use crate::extras::Extras;
use crate::fault::Fault;
use crate::stored::{joined, millis};
use crate::turn::Turn;
use crate::verbs::arrival::arrive;
use crate::verbs::standing::Standing;
use crate::verbs::{records, unique};

/// What becomes of a job whose key may be held.
pub(super) enum Conflict {
    /// Nobody holds it.
    None,
    /// It waits until the holder lets go, or until this instant.
    Waits(Option<Timestamp>),
    /// Another one stands for it.
    Answered(Enqueued),
}

/// Finds out whether another job holds the key, and does what the new one wishes for that case.
pub(super) fn conflict(turn: &mut Turn<'_>, job: &NewJob, unique: &Unique) -> Result<Conflict, Fault> {
    let Some(held) = unique::held(turn, job.id.queue(), unique.key)? else { return Ok(Conflict::None) };
    let holder = Standing::of(turn, held.holder)?;
    let state = holder.as_ref().map(|holder| holder.snapshot.state);
    Ok(match (unique.on_conflict.resolve(state, held.heir.is_some()), holder, held.heir) {
        (Resolution::ReplaceHolder, Some(holder), _) => Conflict::Answered(replace(turn, &holder, job)?),
        (Resolution::ReplaceHeir, _, Some(heir)) => {
            let heir = Standing::of(turn, heir)?
                .ok_or_else(|| Fault::Corrupt(format!("the heir {heir} does not exist")))?;
            Conflict::Answered(replace(turn, &heir, job)?)
        }
        (Resolution::BecomeHeir, _, _) => Conflict::Waits(held.until),
        (Resolution::AnswerHolder | Resolution::ReplaceHolder | Resolution::ReplaceHeir, _, _) => {
            Conflict::Answered(Enqueued {
                id: held.holder,
                state: state.unwrap_or(JobState::Completed),
                acceptance: Acceptance::Conflict,
            })
        }
    })
}

/// Gives a job that waits the content of a new one, and its time. It stays who it is, and begins anew at the back.
fn replace(turn: &mut Turn<'_>, job: &Standing, new: &NewJob) -> Result<Enqueued, Fault> {
    const JOB: &str =
        "UPDATE jobs SET priority = ?2, max_attempts = ?3, timeout = ?4, run_at = ?5, expires_at = ?6,
        limit_key = ?7, features = ?8, attempt = 0 WHERE seq = ?1";
    const PAYLOAD: &str = "UPDATE payloads SET tags = ?2, args = ?3 WHERE job = ?1";
    let run_at = run_at(turn, new);
    turn.prepare(JOB)?.execute(params![
        job.seq,
        new.priority.get(),
        new.max_attempts.get(),
        millis(new.timeout),
        run_at.as_millis(),
        expires_at(turn, new).map(Timestamp::as_millis),
        new.limit_key.as_ref().map(LimitKey::as_str),
        job.features.after_replacement(new),
    ])?;
    turn.prepare(PAYLOAD)?.execute(params![job.seq, joined(&new.tags), new.args.as_ref()])?;
    Extras::replace_backoff(turn, job.seq, new.backoff.as_ref())?;
    records::forget(turn, job.seq, job.features)?;
    let state = match job.snapshot.state {
        JobState::Pending => JobState::Pending,
        _ => arrive(turn, job, run_at)?,
    };
    Ok(Enqueued { id: job.id, state, acceptance: Acceptance::Replaced })
}
