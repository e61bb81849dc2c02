use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use windlass_queue::{EngineError, EnqueueJobs, Enqueued, NewJob, When};
use windlass_shared::{JobState, QueueName};

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::{keys, record, scripts};

/// How many jobs one call carries: it keeps Redis for about a millisecond.
const CHUNK: usize = 200;
/// The script adds this to the state of a duplicate.
const DUPLICATE: u8 = 16;

#[async_trait]
impl EnqueueJobs for RedisEngine {
    async fn enqueue(&self, jobs: &[NewJob]) -> Vec<Result<Enqueued, EngineError>> {
        let mut answers: Vec<Option<Result<Enqueued, EngineError>>> = jobs.iter().map(|_| None).collect();
        for (queue, positions) in by_queue(jobs) {
            for chunk in positions.chunks(CHUNK) {
                let chosen: Vec<_> = chunk.iter().map(|position| &jobs[*position]).collect();
                let enqueued = self.enqueue_chunk(queue, &chosen).await;
                for (position, answer) in chunk.iter().zip(enqueued) {
                    answers[*position] = Some(answer);
                }
            }
        }
        let missing = || Err(corrupt("fewer answers than jobs"));
        answers.into_iter().map(|answer| answer.unwrap_or_else(missing)).collect()
    }
}

impl RedisEngine {
    async fn enqueue_chunk(&self, queue: &QueueName, jobs: &[&NewJob]) -> Vec<Result<Enqueued, EngineError>> {
        let mut call = scripts::ENQUEUE.on(&keys::prefix(queue), self.link.clock_offset());
        for job in jobs {
            let (sort, value) = when(job.when);
            let tombstone = job.tombstone.map_or(0, |window| millis(window).max(1));
            call.arg(job.id.as_bytes()).arg(record::encode(job)).arg(sort).arg(value);
            call.arg(tombstone).arg(job.tenant.as_str()).arg(job.priority.get());
        }
        match self.link.script::<Vec<u8>>(&call).await {
            Ok(codes) => jobs.iter().zip(codes).map(|(job, code)| enqueued(job, code)).collect(),
            Err(error) => jobs.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}

fn by_queue(jobs: &[NewJob]) -> HashMap<&QueueName, Vec<usize>> {
    let mut groups: HashMap<_, Vec<_>> = HashMap::new();
    for (position, job) in jobs.iter().enumerate() {
        groups.entry(&job.queue).or_default().push(position);
    }
    groups
}

/// The script's two arguments for a time: which sort, and milliseconds (of the epoch or from now).
fn when(when: When) -> (u8, u64) {
    match when {
        When::Now => (0, 0),
        When::At(instant) => (1, u64::try_from(instant.as_millis()).unwrap_or(0)),
        When::After(delay) => (2, millis(delay)),
    }
}

/// A duration for a script: at most a thousand years, so that every instant fits into a record and every number
/// keeps its digits in Lua.
pub(crate) fn millis(duration: Duration) -> u64 {
    const LONGEST: u64 = 1_000 * 365 * 24 * 3_600_000;
    u64::try_from(duration.as_millis()).unwrap_or(LONGEST).min(LONGEST)
}

fn enqueued(job: &NewJob, code: u8) -> Result<Enqueued, EngineError> {
    let state = JobState::from_code(code % DUPLICATE).ok_or_else(|| corrupt(format!("state {code}")))?;
    Ok(Enqueued { id: job.id, state, duplicate: code >= DUPLICATE })
}
