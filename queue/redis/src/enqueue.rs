use std::collections::HashMap;

use async_trait::async_trait;
use futures_util::future::join_all;
use redis::{FromRedisValue, Value};
use windlass_queue::{Acceptance, EngineError, EnqueueJobs, Enqueued, NewJob, Rejection, When};
use windlass_shared::QueueName;

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::portions::{self, portions};
use crate::scripts::{self, Call, integer, job_id, state};
use crate::{keys, record, terms};

/// The script adds multiples of this to a state: 1 a duplicate, 2 a conflict, 3 replaced.
const ACCEPTANCE: i64 = 16;
/// Codes of the bounds that keep a job out.
const DRAINING: i64 = 100;
const QUEUE_FULL: i64 = 101;
const QUOTA_REACHED: i64 = 102;

/// How many calls are under way at a time.
const PIPELINED: usize = 8;

/// Whether the bounds of a queue hold for what comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bounds {
    Hold,
    Waived,
}

#[async_trait]
impl EnqueueJobs for RedisEngine {
    async fn enqueue(&self, jobs: &[NewJob]) -> Vec<Result<Enqueued, EngineError>> {
        let mut answers: Vec<Option<Result<Enqueued, EngineError>>> = jobs.iter().map(|_| None).collect();
        for (queue, positions) in by_queue(jobs) {
            let chunks = portions(&positions, |position| portions::of_job(&jobs[position]));
            let send = |chunk: &[usize]| {
                let chosen: Vec<_> = chunk.iter().map(|position| &jobs[*position]).collect();
                async move { self.enqueue_chunk(queue, &chosen).await }
            };
            // After the first one the script is known, so the others arrive in the order in which they are sent, each
            // while the server is still busy with those before it.
            let (first, others) = chunks.split_at(chunks.len().min(1));
            let mut enqueued = join_all(first.iter().map(|chunk| send(chunk))).await;
            for some in others.chunks(PIPELINED) {
                enqueued.extend(join_all(some.iter().map(|chunk| send(chunk))).await);
            }
            for (chunk, answered) in chunks.iter().zip(enqueued) {
                for (position, answer) in chunk.iter().zip(answered) {
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
        let answers = self.enqueue_all(queue, jobs).await;
        match answers {
            Ok(answers) => jobs.iter().zip(answers).map(|(job, answer)| enqueued(job, answer)).collect(),
            Err(error) => jobs.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn enqueue_all(
        &self,
        queue: &QueueName,
        jobs: &[&NewJob],
    ) -> Result<Vec<(Value, Value)>, EngineError> {
        let mut call = self.enqueue_call(queue, Bounds::Hold);
        for job in jobs {
            push_new_job(&mut call, job)?;
        }
        match self.link.script(&call).await? {
            Value::Int(code) => Ok(jobs.iter().map(|_| (Value::Int(code), Value::Nil)).collect()),
            answers => FromRedisValue::from_redis_value(answers).map_err(|error| corrupt(error.to_string())),
        }
    }

    /// A call of the script, to which jobs have to be added.
    pub(crate) fn enqueue_call(&self, queue: &QueueName, bounds: Bounds) -> Call {
        let mut call = scripts::ENQUEUE.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(u8::from(bounds == Bounds::Waived));
        call
    }
}

fn by_queue(jobs: &[NewJob]) -> HashMap<&QueueName, Vec<usize>> {
    let mut groups: HashMap<_, Vec<_>> = HashMap::new();
    for (position, job) in jobs.iter().enumerate() {
        groups.entry(&job.queue).or_default().push(position);
    }
    groups
}

/// Adds a job to a call of the script that enqueues: as little of it as the script needs.
fn push_new_job(call: &mut Call, job: &NewJob) -> Result<(), EngineError> {
    let record = record::encode(job)?;
    call.arg(job.id.as_bytes());
    if is_plain(job) {
        call.arg(record::without_beginning(&record)).arg("");
    } else {
        call.arg(record).arg(&terms::encode(job)[..]);
    }
    Ok(())
}

/// Whether a job may start at once and has no wish that others would have to know of.
fn is_plain(job: &NewJob) -> bool {
    matches!(job.when, When::Now)
        && job.expires.is_none()
        && job.tombstone.is_none()
        && job.unique.is_none()
        && job.batch.is_none()
}

/// Adds a job to a call on the queue `here`: the fields that `outbox.lua` lists.
pub(crate) fn push_job(call: &mut Call, job: &NewJob, here: &QueueName) -> Result<(), EngineError> {
    let queue = if job.queue == *here { "" } else { job.queue.as_str() };
    call.arg(queue).arg(job.id.as_bytes()).arg(record::encode(job)?).arg(&terms::encode(job)[..]);
    Ok(())
}

fn enqueued(job: &NewJob, (code, detail): (Value, Value)) -> Result<Enqueued, EngineError> {
    let code = integer(&code)?;
    if let Some(rejection) = rejection(job, code, &detail)? {
        return Err(rejection.into());
    }
    let (id, acceptance) = match code / ACCEPTANCE {
        0 => (job.id, Acceptance::New),
        1 => (job.id, Acceptance::Duplicate),
        2 => (job_id(detail)?, Acceptance::Conflict),
        3 => (job_id(detail)?, Acceptance::Replaced),
        _ => return Err(corrupt(format!("the code {code} for a job"))),
    };
    Ok(Enqueued { id, state: state(code % ACCEPTANCE)?, acceptance })
}

fn rejection(job: &NewJob, code: i64, detail: &Value) -> Result<Option<Rejection>, EngineError> {
    let queue = job.queue.clone();
    let limit = || integer(detail).map(|limit| u64::try_from(limit).unwrap_or(0));
    Ok(Some(match code {
        DRAINING => Rejection::Draining { queue },
        QUEUE_FULL => Rejection::QueueFull { queue, limit: limit()? },
        QUOTA_REACHED => Rejection::QuotaReached { queue, tenant: job.tenant.clone(), limit: limit()? },
        _ => return Ok(None),
    }))
}
