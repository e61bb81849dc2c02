use rusqlite::params;
use windlass_queue::{Decision, Event, Redrive, RedriveAnswer, transition};
use windlass_shared::{JobId, JobState};

use super::arrival::arrive;
use super::standing::Standing;
use super::{records, unique};
use crate::extras::Extras;
use crate::fault::Fault;
use crate::features::Features;
use crate::turn::Turn;

/// Makes jobs available now, and begins those anew that had ended.
pub(crate) fn redrive(turn: &mut Turn<'_>, redrives: &[Redrive]) -> Result<Vec<RedriveAnswer>, Fault> {
    redrives.iter().map(|redrive| redrive_one(turn, redrive)).collect()
}

fn redrive_one(turn: &mut Turn<'_>, redrive: &Redrive) -> Result<RedriveAnswer, Fault> {
    let Some(mut job) = Standing::of(turn, redrive.job)? else { return Ok(RedriveAnswer::NotFound) };
    let state = job.snapshot.state;
    let Decision::Change(change) = transition(job.snapshot, Event::Redrive) else {
        if state != JobState::Available {
            return Ok(RedriveAnswer::Refused(state));
        }
        if are_fixed(turn, &job, redrive)? {
            return Ok(RedriveAnswer::ArgsFixed);
        }
        replace_args(turn, &job, redrive)?;
        return Ok(RedriveAnswer::AlreadyAvailable);
    };
    if are_fixed(turn, &job, redrive)? {
        return Ok(RedriveAnswer::ArgsFixed);
    }
    if state.is_final() {
        if let Some(holder) = take_key_again(turn, &job)? {
            return Ok(RedriveAnswer::Conflict(holder));
        }
        begin_anew(turn, &job)?;
    }
    replace_args(turn, &job, redrive)?;
    job.snapshot.deaths = change.after.deaths;
    let now = turn.now();
    arrive(turn, &job, now)?;
    Ok(RedriveAnswer::Available)
}

/// Takes the key of a job that has let it go; answers who holds it by now, if somebody else does.
fn take_key_again(turn: &mut Turn<'_>, job: &Standing) -> Result<Option<JobId>, Fault> {
    let Some(unique) = Extras::of(turn.connection(), job.seq, job.features)?.unique else { return Ok(None) };
    let held = unique::held(turn, job.queue, unique.key)?;
    if let Some(held) = held.filter(|held| held.holder != job.id) {
        return Ok(Some(held.holder));
    }
    unique::take(turn, job.queue, &unique, job.id)?;
    Ok(None)
}

/// Forgets what became of a job but how it failed. An end that came from expiry expires no second time.
fn begin_anew(turn: &Turn<'_>, job: &Standing) -> Result<(), Fault> {
    const SQL: &str =
        "UPDATE jobs SET attempt = 0, deaths = 0, alone = 0, finished_at = NULL, expires_at = NULL,
        percent = 0, message = NULL, result = NULL WHERE seq = ?1";
    turn.prepare(SQL)?.execute([job.seq])?;
    Ok(())
}

/// Whether other arguments are asked for of a job whose unique key was made of those that it has.
fn are_fixed(turn: &Turn<'_>, job: &Standing, redrive: &Redrive) -> Result<bool, Fault> {
    match &redrive.args {
        Some(args) if are_other(turn, job, args)? => {
            Ok(Extras::of(turn.connection(), job.seq, job.features)?.unique.is_some())
        }
        _ => Ok(false),
    }
}

fn are_other(turn: &Turn<'_>, job: &Standing, args: &[u8]) -> Result<bool, Fault> {
    const SQL: &str = "SELECT 1 FROM payloads WHERE job = ?1 AND args <> ?2";
    Ok(turn.prepare(SQL)?.exists(params![job.seq, args])?)
}

/// Gives the job other arguments, if that is asked for and they are others; what it has recorded belongs to the old
/// ones.
fn replace_args(turn: &Turn<'_>, job: &Standing, redrive: &Redrive) -> Result<(), Fault> {
    const ARGS: &str = "UPDATE payloads SET args = ?2 WHERE job = ?1";
    const UNMARK: &str = "UPDATE jobs SET features = features & ~?2 WHERE seq = ?1";
    let Some(args) = &redrive.args else { return Ok(()) };
    if !are_other(turn, job, args)? {
        return Ok(());
    }
    turn.prepare(ARGS)?.execute(params![job.seq, args.as_ref()])?;
    if job.features.has_records() {
        records::forget(turn, job.seq, job.features)?;
        turn.prepare(UNMARK)?.execute(params![job.seq, Features::RECORDS])?;
    }
    Ok(())
}
