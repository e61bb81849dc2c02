use async_trait::async_trait;
use redis::Value;
use serde::de::DeserializeOwned;
use windlass_queue::{
    Cursor, Depth, EngineError, InspectJobs, Inspected, Job, JobFilter, LivingWorker, Load, Page, Progress,
    Why,
};
use windlass_shared::{JobId, Percent, QueueName, TenantId};

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::scripts::{self, array, bytes, optional_bytes};
use crate::{failure, keys, list, record, record_work};

/// How much of a job is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// All of it.
    Full,
    /// All but its log and what it has recorded.
    Brief,
}

impl Extent {
    /// How many jobs one call reads.
    const fn chunk(self) -> usize {
        match self {
            // Each may have a log and steps of a megabyte.
            Self::Full => 20,
            Self::Brief => 100,
        }
    }
}

#[async_trait]
impl InspectJobs for RedisEngine {
    async fn get(&self, jobs: &[JobId]) -> Result<Inspected, EngineError> {
        let mut answers: Inspected = jobs.iter().map(|_| None).collect();
        for (queue, positions) in self.queues.group(jobs.iter().copied()).await? {
            let ids: Vec<_> = positions.iter().map(|position| jobs[*position]).collect();
            for (position, job) in positions.into_iter().zip(self.read(&queue, &ids, Extent::Full).await?) {
                answers[position] = job?;
            }
        }
        Ok(answers)
    }

    async fn glance(&self, queue: &QueueName, jobs: &[JobId]) -> Result<Inspected, EngineError> {
        let jobs = self.read(queue, jobs, Extent::Brief).await?;
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
        self.counts(queue).await
    }

    async fn load(&self, queue: &QueueName, tenant: Option<&TenantId>) -> Result<Load, EngineError> {
        self.tell_load(queue, tenant).await
    }

    async fn why(&self, job: JobId) -> Result<Option<Why>, EngineError> {
        self.reasons(job).await
    }

    async fn workers(&self, queue: &QueueName) -> Result<Vec<LivingWorker>, EngineError> {
        self.living_workers(queue).await
    }
}

impl RedisEngine {
    /// Jobs of one queue, in the order of `ids`; an error in the place of each that cannot be read.
    async fn read(
        &self,
        queue: &QueueName,
        ids: &[JobId],
        extent: Extent,
    ) -> Result<Vec<Result<Option<Job>, EngineError>>, EngineError> {
        let mut jobs = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(extent.chunk()) {
            let mut call = scripts::GET.on(&keys::prefix(queue), self.link.clock_offset());
            call.arg(u8::from(extent == Extent::Full));
            for id in chunk {
                call.arg(id.as_bytes());
            }
            let mut answer = array(self.link.script(&call).await?)?.into_iter();
            for id in chunk {
                let mut next = || answer.next().unwrap_or_default();
                let parts = [next(), next(), next(), next(), next(), next(), next()];
                jobs.push(job(queue, *id, parts));
            }
        }
        Ok(jobs)
    }
}

/// A job that this version cannot read must not keep others from being seen.
fn readable(job: Result<Option<Job>, EngineError>) -> Option<Job> {
    job.inspect_err(|error| tracing::error!(%error, "a job cannot be read; it is passed over")).ok().flatten()
}

/// Puts a job together from what `get.lua` answers for it.
fn job(queue: &QueueName, id: JobId, parts: [Value; 7]) -> Result<Option<Job>, EngineError> {
    let [stored, notes, result, errors, log, steps, checkpoint] = parts;
    let Some(stored) = optional_bytes(stored)? else { return Ok(None) };
    let stored = record::decode(&stored)?;
    let mut notes = array(notes)?.into_iter();
    let mut note = || optional_bytes(notes.next().unwrap_or_default());
    let (percent, message) = (note()?, note()?);
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
        result: optional_bytes(result)?,
        errors: array(errors)?
            .into_iter()
            .map(|error| failure::stored(&bytes(error)?))
            .collect::<Result<_, _>>()?,
        log: parse_all(log)?,
        backoff: stored.backoff,
        expires_at: stored.expires_at,
        limit_key: stored.limit_key,
        unique: stored.unique,
        batch: stored.batch,
        records: record_work::read(steps, checkpoint)?,
    }))
}

fn parse_all<T: DeserializeOwned>(values: Value) -> Result<Vec<T>, EngineError> {
    array(values)?.into_iter().map(|value| parse(&bytes(value)?)).collect()
}

fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, EngineError> {
    serde_json::from_slice(text).map_err(|error| corrupt(error.to_string()))
}
