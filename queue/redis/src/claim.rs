use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use redis::Value;
use windlass_queue::{
    ClaimJobs, ClaimRequest, Claimed, ClaimedJob, EngineError, HeldClaim, SUSPECT_AFTER_DEATHS, Serves,
    Suspects,
};
use windlass_shared::{Claim, ClaimNumber, Incarnation, JobId, KindName, LeaseToken, QueueName, Timestamp};

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::scripts::{self, array, bytes, integer};
use crate::{keys, member, record};

/// How many jobs one call hands out: it keeps Redis for about a millisecond.
const CHUNK: usize = 256;

#[async_trait]
impl ClaimJobs for RedisEngine {
    async fn claim(&self, request: &ClaimRequest) -> Result<Claimed, EngineError> {
        // Whoever runs a queue's jobs has to be able to find them again by their ids.
        self.queues.ensure(&request.queue).await?;
        let mut call = scripts::CLAIM.on(&keys::prefix(&request.queue), self.link.clock_offset());
        let may_suspect = u8::from(request.suspects == Suspects::Take);
        call.arg(request.worker.as_bytes()).arg(request.most.get().min(CHUNK)).arg(may_suspect);
        call.arg(kinds(&request.serves));
        let mut answer = array(self.link.script(&call).await?)?.into_iter();
        let more = integer(&answer.next().unwrap_or_default())? == 1;
        let next_due = integer(&answer.next().unwrap_or_default())?;
        let claimed_at = Timestamp::from_millis(integer(&answer.next().unwrap_or_default())?);
        let mut strings = || answer.next().map(bytes).transpose().map(Option::unwrap_or_default);
        let (ids, lengths, mut records) = (strings()?, strings()?, strings()?);
        let mut jobs = Vec::with_capacity(request.most.get().min(CHUNK));
        for (id, length) in ids.as_chunks::<{ JobId::BYTES }>().0.iter().zip(lengths.as_chunks().0) {
            let length = u32::from_be_bytes(*length) as usize;
            if length > records.len() {
                return Err(corrupt("a claim that is shorter than its jobs"));
            }
            // A job that runs long must not hold on to the arguments of all that were claimed with it.
            let record = Bytes::copy_from_slice(&records.split_to(length));
            match claimed(*id, &record, request.worker, claimed_at) {
                Ok(job) => jobs.push(job),
                // Written by another version. The claim is found by reconciliation and given back; the others that
                // came with it must not wait for that.
                Err(error) => tracing::error!(%error, queue = %request.queue, "a claimed job cannot be read"),
            }
        }
        Ok(Claimed { jobs, next_due: u64::try_from(next_due).ok().map(Duration::from_millis), more })
    }

    async fn held(&self, queue: &QueueName, worker: Incarnation) -> Result<Vec<HeldClaim>, EngineError> {
        let mut call = scripts::HELD.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(worker.as_bytes());
        member::held(array(self.link.script::<Value>(&call).await?)?)
    }
}

/// The kinds that may come, as the script takes them.
fn kinds(serves: &Serves) -> String {
    match serves {
        Serves::Every => "*".to_owned(),
        Serves::These(kinds) => kinds.iter().map(KindName::as_str).collect::<Vec<_>>().join(","),
    }
}

/// A job from the record that it had before the claim.
fn claimed(
    id: [u8; JobId::BYTES],
    stored: &Bytes,
    worker: Incarnation,
    claimed_at: Timestamp,
) -> Result<ClaimedJob, EngineError> {
    let job = record::decode(stored)?;
    let token = LeaseToken { worker, number: ClaimNumber::new(job.claims + 1) };
    Ok(ClaimedJob {
        claim: Claim { job: JobId::from_bytes(id), token },
        kind: job.kind,
        tenant: job.tenant,
        priority: job.priority,
        attempt: job.attempt + 1,
        max_attempts: job.max_attempts,
        deaths: job.deaths,
        suspect: job.deaths >= SUSPECT_AFTER_DEATHS,
        timeout: job.timeout,
        created_at: job.created_at,
        attempted_at: claimed_at,
        tags: job.tags,
        args: job.args,
        backoff: job.backoff,
        expires_at: job.expires_at,
        limit_key: job.limit_key,
        batch: job.batch,
        has_records: job.has_records,
    })
}
