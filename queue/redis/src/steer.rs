use async_trait::async_trait;
use redis::Value;
use windlass_queue::{
    CancelAnswer, DeleteAnswer, EngineError, Redrive, RedriveAnswer, ReprioritizeAnswer, SteerJobs,
};
use windlass_shared::{JobId, JobState, Priority};

use crate::engine::RedisEngine;
use crate::keys;
use crate::scripts::{self, Script, job_id, state};

/// How many jobs one call steers.
const CHUNK: usize = 200;
/// Scripts add this to the state of a job that they leave in it.
const ALREADY: u8 = 16;
/// The redrive of a job whose unique key another one holds.
const TAKEN: u8 = 32;
/// The redrive, with other arguments, of a job whose unique key was made of those that it has.
const FIXED: u8 = 48;

#[async_trait]
impl SteerJobs for RedisEngine {
    async fn cancel(&self, jobs: &[JobId]) -> Result<Vec<CancelAnswer>, EngineError> {
        let codes = self.steer(&scripts::CANCEL, jobs, None).await?;
        codes.into_iter().map(cancelled).collect()
    }

    async fn redrive(&self, redrives: &[Redrive]) -> Result<Vec<RedriveAnswer>, EngineError> {
        let mut answers = vec![RedriveAnswer::NotFound; redrives.len()];
        for (queue, positions) in self.queues.group(redrives.iter().map(|redrive| redrive.job)).await? {
            for chunk in positions.chunks(CHUNK) {
                let mut call = scripts::REDRIVE.on(&keys::prefix(&queue), self.link.clock_offset());
                for position in chunk {
                    let Redrive { job, args } = &redrives[*position];
                    call.arg(job.as_bytes()).arg(u8::from(args.is_some()));
                    call.arg(args.as_deref().unwrap_or_default());
                }
                let codes: Vec<(u8, Value)> = self.link.script(&call).await?;
                for (position, (code, other)) in chunk.iter().zip(codes) {
                    answers[*position] = redriven(code, other)?;
                }
            }
        }
        Ok(answers)
    }

    async fn delete(&self, jobs: &[JobId]) -> Result<Vec<DeleteAnswer>, EngineError> {
        let codes = self.steer(&scripts::DELETE, jobs, None).await?;
        codes.into_iter().map(deleted).collect()
    }

    async fn reprioritize(
        &self,
        jobs: &[JobId],
        priority: Priority,
    ) -> Result<Vec<ReprioritizeAnswer>, EngineError> {
        let codes = self.steer(&scripts::REPRIORITIZE, jobs, Some(priority)).await?;
        codes.into_iter().map(reprioritized).collect()
    }
}

impl RedisEngine {
    /// Calls a script with ids; answers a code for each, 0 where the queue is unknown already.
    async fn steer(
        &self,
        script: &'static Script,
        jobs: &[JobId],
        priority: Option<Priority>,
    ) -> Result<Vec<u8>, EngineError> {
        let mut answers = vec![0; jobs.len()];
        for (queue, positions) in self.queues.group(jobs.iter().copied()).await? {
            for chunk in positions.chunks(CHUNK) {
                let mut call = script.on(&keys::prefix(&queue), self.link.clock_offset());
                call.arg(priority.map(Priority::get));
                for position in chunk {
                    call.arg(jobs[*position].as_bytes());
                }
                let codes: Vec<u8> = self.link.script(&call).await?;
                for (position, code) in chunk.iter().zip(codes) {
                    answers[*position] = code;
                }
            }
        }
        Ok(answers)
    }
}

fn cancelled(code: u8) -> Result<CancelAnswer, EngineError> {
    if code == 0 {
        return Ok(CancelAnswer::NotFound);
    }
    Ok(match state(code % ALREADY)? {
        ended if code >= ALREADY => CancelAnswer::AlreadyFinal(ended),
        JobState::Running => CancelAnswer::Requested,
        _ => CancelAnswer::Cancelled,
    })
}

fn redriven(code: u8, other: Value) -> Result<RedriveAnswer, EngineError> {
    if code == 0 {
        return Ok(RedriveAnswer::NotFound);
    }
    if code == TAKEN {
        return job_id(other).map(RedriveAnswer::Conflict);
    }
    if code == FIXED {
        return Ok(RedriveAnswer::ArgsFixed);
    }
    Ok(match state(code % ALREADY)? {
        JobState::Available if code >= ALREADY => RedriveAnswer::AlreadyAvailable,
        kept if code >= ALREADY => RedriveAnswer::Refused(kept),
        _ => RedriveAnswer::Available,
    })
}

fn deleted(code: u8) -> Result<DeleteAnswer, EngineError> {
    if code == 0 {
        return Ok(DeleteAnswer::NotFound);
    }
    Ok(match state(code)? {
        JobState::Running => DeleteAnswer::Running,
        before => DeleteAnswer::Deleted(before),
    })
}

fn reprioritized(code: u8) -> Result<ReprioritizeAnswer, EngineError> {
    if code == 0 {
        return Ok(ReprioritizeAnswer::NotFound);
    }
    let state = state(code % ALREADY)?;
    Ok(if code >= ALREADY {
        ReprioritizeAnswer::AlreadyFinal(state)
    } else {
        ReprioritizeAnswer::Changed(state)
    })
}
