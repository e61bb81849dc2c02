use async_trait::async_trait;
use windlass_queue::{CancelAnswer, EngineError, SteerJobs};
use windlass_shared::{JobId, JobState};

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::{keys, scripts};

/// How many jobs one call cancels.
const CHUNK: usize = 200;
/// The script adds this to the state of a job that had ended before.
const ALREADY: u8 = 16;

#[async_trait]
impl SteerJobs for RedisEngine {
    async fn cancel(&self, jobs: &[JobId]) -> Result<Vec<CancelAnswer>, EngineError> {
        let mut answers = vec![CancelAnswer::NotFound; jobs.len()];
        for (queue, positions) in self.queues.group(jobs.iter().copied()).await? {
            for chunk in positions.chunks(CHUNK) {
                let mut call = scripts::CANCEL.on(&keys::prefix(&queue), self.link.clock_offset());
                for position in chunk {
                    call.arg(jobs[*position].as_bytes());
                }
                let codes: Vec<u8> = self.link.script(&call).await?;
                for (position, code) in chunk.iter().zip(codes) {
                    answers[*position] = answer(code)?;
                }
            }
        }
        Ok(answers)
    }
}

fn answer(code: u8) -> Result<CancelAnswer, EngineError> {
    if code == 0 {
        return Ok(CancelAnswer::NotFound);
    }
    let state = JobState::from_code(code % ALREADY).ok_or_else(|| corrupt(format!("state {code}")))?;
    Ok(match state {
        ended if code >= ALREADY => CancelAnswer::AlreadyFinal(ended),
        JobState::Running => CancelAnswer::Requested,
        _ => CancelAnswer::Cancelled,
    })
}
