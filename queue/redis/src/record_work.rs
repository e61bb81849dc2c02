use async_trait::async_trait;
use bytes::Bytes;
use redis::Value;
use windlass_queue::{EngineError, Fenced, MAX_STEP_BYTES, MAX_STEPS, RecordWork, Records, StepAnswer};
use windlass_shared::{Claim, StepName};

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::keys;
use crate::scripts::{self, Call, Script, array, bytes};
use crate::settle::{fenced, push_claim};

/// Beside the steps stands how many bytes their results have together; no step has this name.
const BYTES: &[u8] = b"#";

#[async_trait]
impl RecordWork for RedisEngine {
    async fn records(&self, claim: Claim) -> Result<Option<Records>, EngineError> {
        let Some(call) = self.fenced_call(&scripts::RECORDS, claim).await? else { return Ok(None) };
        let Some(found): Option<Value> = self.link.script(&call).await? else { return Ok(None) };
        let mut found = array(found)?.into_iter();
        let mut next = || found.next().unwrap_or_default();
        read(next(), next()).map(Some)
    }

    async fn record_step(
        &self,
        claim: Claim,
        step: &StepName,
        result: Bytes,
    ) -> Result<StepAnswer, EngineError> {
        let Some(mut call) = self.fenced_call(&scripts::RECORD_STEP, claim).await? else {
            return Ok(StepAnswer::Stale);
        };
        call.arg(step.as_str()).arg(&*result).arg(MAX_STEPS).arg(MAX_STEP_BYTES);
        match self.link.script(&call).await? {
            Value::Int(0) => Ok(StepAnswer::Stale),
            Value::Int(1) => Ok(StepAnswer::Recorded),
            Value::Int(2) => Ok(StepAnswer::Full),
            recorded => bytes(recorded).map(StepAnswer::AlreadyRecorded),
        }
    }

    async fn checkpoint(&self, claim: Claim, cursor: Bytes) -> Result<Fenced, EngineError> {
        let Some(mut call) = self.fenced_call(&scripts::CHECKPOINT, claim).await? else {
            return Ok(Fenced::Stale);
        };
        call.arg(&*cursor);
        self.link.script(&call).await.map(fenced)
    }
}

impl RedisEngine {
    /// A call that shows a token; `None` when its queue does not exist.
    async fn fenced_call(&self, script: &'static Script, claim: Claim) -> Result<Option<Call>, EngineError> {
        let Some(queue) = self.queues.of(claim.job).await? else { return Ok(None) };
        let mut call = script.on(&keys::prefix(&queue), self.link.clock_offset());
        push_claim(&mut call, claim);
        Ok(Some(call))
    }
}

/// Reads what is stored of a job's steps and its checkpoint.
pub(crate) fn read(steps: Value, checkpoint: Value) -> Result<Records, EngineError> {
    let mut stored = array(steps)?.into_iter();
    let mut steps = Vec::with_capacity(stored.len() / 2);
    while let (Some(name), Some(result)) = (stored.next(), stored.next()) {
        let (name, result) = (bytes(name)?, bytes(result)?);
        if *name != *BYTES {
            steps.push((step_name(&name)?, result));
        }
    }
    steps.sort();
    let checkpoint = match checkpoint {
        Value::Nil => None,
        stored => Some(bytes(stored)?),
    };
    Ok(Records { steps, checkpoint })
}

fn step_name(name: &[u8]) -> Result<StepName, EngineError> {
    let name = std::str::from_utf8(name).ok().and_then(|name| name.parse().ok());
    name.ok_or_else(|| corrupt("a step with a name that is none"))
}
