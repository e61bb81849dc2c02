use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use redis::Value;
use windlass_queue::{
    BeatNumber, Cursor, EngineError, Fenced, MaintainQueue, Promoted, Rescue, RescueVerdict, Retention,
    RunningPage,
};
use windlass_shared::{Incarnation, QueueName};

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::scripts::{self, Call, array, bytes};
use crate::settle::{fenced, push_claim, push_millis};
use crate::terms::millis;
use crate::{failure, keys, member};

/// How many jobs one call promotes, rescues, prunes or looks at.
const CHUNK: usize = 200;
/// How often one call of `prune` goes on with results, a script's chunk each time.
const RESULT_CALLS: usize = 100;

#[async_trait]
impl MaintainQueue for RedisEngine {
    async fn promote(&self, queue: &QueueName, most: usize) -> Result<Promoted, EngineError> {
        let mut call = scripts::PROMOTE.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(most.min(CHUNK));
        let (count, next_due): (usize, i64) = self.link.script(&call).await?;
        Ok(Promoted { count, next_due: u64::try_from(next_due).ok().map(Duration::from_millis) })
    }

    async fn beats(&self, queue: &QueueName) -> Result<Vec<(Incarnation, BeatNumber)>, EngineError> {
        let beats: HashMap<Vec<u8>, u64> =
            self.link.command(redis::cmd("HGETALL").arg(keys::of(queue, "beats"))).await?;
        let read = |(worker, beat): (Vec<u8>, u64)| {
            let worker = worker.try_into().map_err(|_| corrupt("a worker of another length"))?;
            Ok((Incarnation::from_bytes(worker), BeatNumber(beat)))
        };
        beats.into_iter().map(read).collect()
    }

    async fn running(
        &self,
        queue: &QueueName,
        after: Option<&Cursor>,
        most: usize,
    ) -> Result<RunningPage, EngineError> {
        let most = most.min(CHUNK);
        let from = after.map_or(Ok(Vec::new()), from_hex)?;
        let mut call = scripts::RUNNING.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(from).arg(most);
        let answer = array(self.link.script::<Value>(&call).await?)?;
        let last =
            answer.len().checked_sub(2).filter(|_| answer.len() == 2 * most).map(|at| answer[at].clone());
        let next = last.map(|member| bytes(member).map(|member| Cursor(to_hex(&member)))).transpose()?;
        Ok(RunningPage { claims: member::held(answer)?, next })
    }

    async fn rescue(&self, queue: &QueueName, rescues: &[Rescue]) -> Result<Vec<Fenced>, EngineError> {
        let mut answers = Vec::with_capacity(rescues.len());
        for chunk in rescues.chunks(CHUNK) {
            let mut call = scripts::RESCUE.on(&keys::prefix(queue), self.link.clock_offset());
            for rescue in chunk {
                push_rescue(&mut call, rescue)?;
            }
            answers.extend(self.link.script::<Vec<u8>>(&call).await?.into_iter().map(fenced));
        }
        Ok(answers)
    }

    async fn bury(
        &self,
        queue: &QueueName,
        worker: Incarnation,
        seen: BeatNumber,
    ) -> Result<(), EngineError> {
        let mut call = scripts::BURY.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(worker.as_bytes()).arg(seen.0);
        let _buried: u8 = self.link.script(&call).await?;
        Ok(())
    }

    async fn relay(&self, queue: &QueueName, most: usize) -> Result<usize, EngineError> {
        self.relay_outbox(queue, most).await
    }

    async fn prune(
        &self,
        queue: &QueueName,
        retention: &Retention,
        most: usize,
    ) -> Result<usize, EngineError> {
        // The numbers are kept in another slot, which may have lost its last seconds: a caretaker writes them anew.
        self.queues.number(queue).await?;
        let mut call = scripts::PRUNE.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(most.min(CHUNK)).arg(retention_text(retention));
        call.arg(millis(Retention::UNFINISHED_BATCHES_LEAST));
        let (mut removed, sealed): (usize, Vec<Value>) = self.link.script(&call).await?;
        for batch in sealed {
            removed += usize::from(self.prune_sealed(queue, &bytes(batch)?).await?);
        }
        self.prune_results(queue, retention).await?;
        Ok(removed)
    }
}

impl RedisEngine {
    async fn prune_results(&self, queue: &QueueName, retention: &Retention) -> Result<(), EngineError> {
        for _call in 0..RESULT_CALLS {
            let mut call = scripts::PRUNE_RESULTS.on(&keys::prefix(queue), self.link.clock_offset());
            call.arg(retention_text(retention));
            let more: u8 = self.link.script(&call).await?;
            if more == 0 {
                break;
            }
        }
        Ok(())
    }
}

/// A retention as scripts read it: the numbers that `retention.lua` names.
pub(crate) fn retention_text(retention: &Retention) -> String {
    format!(
        "{} {} {} {} {}",
        millis(retention.completed_for),
        retention.completed_most,
        millis(retention.failed_for),
        retention.failed_most,
        millis(retention.results_for),
    )
}

fn push_rescue(call: &mut Call, rescue: &Rescue) -> Result<(), EngineError> {
    push_claim(call, rescue.claim);
    let (verb, deaths, wait, error) = match &rescue.verdict {
        RescueVerdict::Revive { deaths, .. } => ("revive", *deaths, Duration::ZERO, Vec::new()),
        RescueVerdict::Retry { after, error } => ("retry", 0, *after, failure::given(error)?),
        RescueVerdict::Discard { deaths, error } => {
            ("discard", *deaths, Duration::ZERO, failure::given(error)?)
        }
    };
    call.arg(verb).arg(deaths);
    push_millis(call, wait);
    call.arg(error);
    Ok(())
}

fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}

fn from_hex(cursor: &Cursor) -> Result<Vec<u8>, EngineError> {
    let digits = cursor.0.as_bytes().chunks(2);
    let byte =
        |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
    digits.map(byte).collect::<Option<_>>().ok_or(EngineError::InvalidCursor)
}
