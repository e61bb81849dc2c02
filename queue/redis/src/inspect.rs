use async_trait::async_trait;
use redis::Value;
use serde::de::DeserializeOwned;
use windlass_queue::{Cursor, Depth, EngineError, InspectJobs, Inspected, Job, JobFilter, Page, Progress};
use windlass_shared::{JobId, Percent, QueueName};

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::scripts::{self, array, bytes, optional_bytes};
use crate::{keys, list, record};

/// How many jobs one call reads.
const CHUNK: usize = 100;

/// Whether a job is wanted with its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Log {
    Read,
    Skip,
}

#[async_trait]
impl InspectJobs for RedisEngine {
    async fn get(&self, jobs: &[JobId]) -> Result<Inspected, EngineError> {
        let mut answers: Inspected = jobs.iter().map(|_| None).collect();
        for (queue, positions) in self.queues.group(jobs.iter().copied()).await? {
            let ids: Vec<_> = positions.iter().map(|position| jobs[*position]).collect();
            for (position, job) in positions.into_iter().zip(self.read(&queue, &ids, Log::Read).await?) {
                answers[position] = job?;
            }
        }
        Ok(answers)
    }

    async fn glance(&self, queue: &QueueName, jobs: &[JobId]) -> Result<Inspected, EngineError> {
        let jobs = self.read(queue, jobs, Log::Skip).await?;
        Ok(jobs.into_iter().map(readable).collect())
    }

    async fn list(
        &self,
        filter: &JobFilter,
        after: Option<&Cursor>,
        most: usize,
    ) -> Result<Page, EngineError> {
        list::page(self, filter, after, most).await
    }

    async fn depth(&self, queue: &QueueName) -> Result<Depth, EngineError> {
        let mut available = self.count("LLEN", keys::of(queue, "suspects")).await?;
        for lane in list::lanes(self, queue, None).await? {
            available += self.count("LLEN", lane).await?;
        }
        Ok(Depth {
            waiting: self.count("ZCARD", keys::of(queue, "due")).await?,
            available,
            running: self.count("ZCARD", keys::of(queue, "running")).await?,
            completed: self.count("ZCARD", keys::of(queue, "completed")).await?,
            cancelled: self.count("ZCARD", keys::of(queue, "cancelled")).await?,
            discarded: self.count("ZCARD", keys::of(queue, "discarded")).await?,
        })
    }
}

impl RedisEngine {
    /// Jobs of one queue, in the order of `ids`; an error in the place of each that cannot be read.
    async fn read(
        &self,
        queue: &QueueName,
        ids: &[JobId],
        log: Log,
    ) -> Result<Vec<Result<Option<Job>, EngineError>>, EngineError> {
        let mut jobs = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            let mut call = scripts::GET.on(&keys::prefix(queue), self.link.clock_offset());
            call.arg(u8::from(log == Log::Read));
            for id in chunk {
                call.arg(id.as_bytes());
            }
            let mut answer = array(self.link.script(&call).await?)?.into_iter();
            for id in chunk {
                let mut next = || answer.next().unwrap_or_default();
                let (stored, notes, errors, log) = (next(), next(), next(), next());
                jobs.push(job(queue, *id, stored, notes, [errors, log]));
            }
        }
        Ok(jobs)
    }

    async fn count(&self, command: &str, key: String) -> Result<u64, EngineError> {
        self.link.command(redis::cmd(command).arg(key)).await
    }
}

/// A job that this version cannot read must not keep others from being seen.
fn readable(job: Result<Option<Job>, EngineError>) -> Option<Job> {
    job.inspect_err(|error| tracing::error!(%error, "a job cannot be read; it is passed over")).ok().flatten()
}

fn job(
    queue: &QueueName,
    id: JobId,
    stored: Value,
    notes: Value,
    [errors, log]: [Value; 2],
) -> Result<Option<Job>, EngineError> {
    let Some(stored) = optional_bytes(stored)? else { return Ok(None) };
    let stored = record::decode(&stored)?;
    let mut notes = array(notes)?.into_iter();
    let mut note = || optional_bytes(notes.next().unwrap_or_default());
    let (percent, message, result) = (note()?, note()?, note()?);
    Ok(Some(Job {
        id,
        queue: queue.clone(),
        kind: stored.kind,
        tenant: stored.tenant,
        state: stored.state,
        priority: stored.priority,
        attempt: stored.attempt,
        max_attempts: stored.max_attempts,
        claims: stored.claims,
        deaths: stored.deaths,
        alone: stored.alone,
        cancel_requested: stored.cancel_requested,
        timeout: stored.timeout,
        tags: stored.tags,
        args: stored.args,
        created_at: stored.created_at,
        run_at: stored.run_at,
        attempted_at: stored.attempted_at,
        finished_at: stored.finished_at,
        worker: Some(stored.worker).filter(|_| stored.claims > 0),
        progress: Progress {
            percent: percent.map_or(Ok(Percent::default()), |percent| parse(&percent))?,
            message: message.map(|message| String::from_utf8_lossy(&message).into_owned()),
        },
        result,
        errors: parse_all(errors)?,
        log: parse_all(log)?,
    }))
}

fn parse_all<T: DeserializeOwned>(values: Value) -> Result<Vec<T>, EngineError> {
    array(values)?.into_iter().map(|value| parse(&bytes(value)?)).collect()
}

fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, EngineError> {
    serde_json::from_slice(text).map_err(|error| corrupt(error.to_string()))
}
