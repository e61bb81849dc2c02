use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use redis::Value;
use windlass_queue::{
    EngineError, Fenced, MAX_LOG_LINES, NewJob, Report, SettleJobs, Settled, Settlement, Verdict,
};
use windlass_shared::{Claim, QueueName, TenantId};

use crate::engine::RedisEngine;
use crate::enqueue::push_job;
use crate::error::corrupt;
use crate::portions::{self, portions};
use crate::scripts::{self, Call, array, integer, state};
use crate::terms::millis;
use crate::{failure, keys, member};

/// How many reports one call carries.
const CHUNK: usize = 200;

#[async_trait]
impl SettleJobs for RedisEngine {
    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, EngineError> {
        let mut answers = vec![Settled::Stale; settlements.len()];
        let groups = self.queues.group(settlements.iter().map(|settlement| settlement.claim.job)).await?;
        for (queue, positions) in groups {
            // What is released goes to the front, so the last ones have to be there first.
            for chunk in portions(&positions, |position| weight(&settlements[position])).into_iter().rev() {
                let mut call = scripts::SETTLE.on(&keys::prefix(&queue), self.link.clock_offset());
                let order = push_settlements(&mut call, settlements, chunk, &queue)?;
                let codes = match self.link.script(&call).await? {
                    Value::Int(code) => vec![Value::Int(code); order.len()],
                    codes => array(codes)?,
                };
                for (position, code) in order.into_iter().zip(codes) {
                    answers[position] = settled(integer(&code)?)?;
                }
            }
        }
        Ok(answers)
    }

    async fn report(&self, reports: &[Report]) -> Result<Vec<Fenced>, EngineError> {
        let mut answers = vec![Fenced::Stale; reports.len()];
        let groups = self.queues.group(reports.iter().map(|report| report.claim.job)).await?;
        for (queue, positions) in groups {
            for chunk in positions.chunks(CHUNK) {
                let mut call = scripts::REPORT.on(&keys::prefix(&queue), self.link.clock_offset());
                call.arg(MAX_LOG_LINES);
                for position in chunk {
                    push_report(&mut call, &reports[*position])?;
                }
                let codes: Vec<u8> = self.link.script(&call).await?;
                for (position, code) in chunk.iter().zip(codes) {
                    answers[*position] = fenced(code);
                }
            }
        }
        Ok(answers)
    }

    async fn begin_alone(&self, claim: Claim) -> Result<Fenced, EngineError> {
        let Some(queue) = self.queues.of(claim.job).await? else { return Ok(Fenced::Stale) };
        let mut call = scripts::BEGIN_ALONE.on(&keys::prefix(&queue), self.link.clock_offset());
        push_claim(&mut call, claim);
        self.link.script(&call).await.map(fenced)
    }
}

pub(crate) fn push_claim(call: &mut Call, claim: Claim) {
    call.arg(claim.token.worker.as_bytes()).arg(claim.job.as_bytes()).arg(claim.token.number.get());
}

pub(crate) fn push_millis(call: &mut Call, wait: Duration) {
    call.arg(millis(wait));
}

pub(crate) fn fenced(code: u8) -> Fenced {
    if code == 1 { Fenced::Applied } else { Fenced::Stale }
}

/// What a settlement weighs with its children, which go with it however many they are; one of a bare completion is small.
fn weight(settlement: &Settlement) -> usize {
    let result = match &settlement.verdict {
        Verdict::Complete { result, .. } => result.as_deref().map_or(0, <[u8]>::len),
        Verdict::Retry { .. }
        | Verdict::Discard { .. }
        | Verdict::Snooze { .. }
        | Verdict::Release
        | Verdict::Cancel => 0,
    };
    let item = if bare(settlement).is_some() { portions::ITEM / 2 } else { portions::ITEM };
    item + result + children(settlement).iter().map(portions::of_job).sum::<usize>()
}

fn children(settlement: &Settlement) -> &[NewJob] {
    match &settlement.verdict {
        Verdict::Complete { children, .. } => children,
        Verdict::Retry { .. }
        | Verdict::Discard { .. }
        | Verdict::Snooze { .. }
        | Verdict::Release
        | Verdict::Cancel => &[],
    }
}

/// Adds the settlements at these positions; answers the positions in the order in which they were added.
fn push_settlements(
    call: &mut Call,
    settlements: &[Settlement],
    positions: &[usize],
    queue: &QueueName,
) -> Result<Vec<usize>, EngineError> {
    let (mut groups, mut others) = (BTreeMap::<&TenantId, Vec<usize>>::new(), Vec::new());
    for position in positions {
        match bare(&settlements[*position]) {
            Some(tenant) => groups.entry(tenant).or_default().push(*position),
            None => others.push(*position),
        }
    }
    call.arg(groups.len());
    for (tenant, group) in &groups {
        call.arg(tenant.as_str()).arg(group.len());
        for position in group {
            call.arg(&member::of(settlements[*position].claim)[..]);
        }
    }
    for position in &others {
        push_settlement(call, &settlements[*position], queue)?;
    }
    Ok(groups.into_values().flatten().chain(others).collect())
}

/// The tenant of a job that is completed and leaves nothing behind, if it is known.
fn bare(settlement: &Settlement) -> Option<&TenantId> {
    match &settlement.verdict {
        Verdict::Complete { result, children } if children.is_empty() => {
            settlement.tenant.as_ref().filter(|_| result.as_ref().is_none_or(Bytes::is_empty))
        }
        Verdict::Complete { .. }
        | Verdict::Retry { .. }
        | Verdict::Discard { .. }
        | Verdict::Snooze { .. }
        | Verdict::Release
        | Verdict::Cancel => None,
    }
}

fn push_settlement(call: &mut Call, settlement: &Settlement, queue: &QueueName) -> Result<(), EngineError> {
    call.arg(&member::of(settlement.claim)[..]).arg(settlement.verdict.verb());
    let (wait, text) = match &settlement.verdict {
        Verdict::Complete { result, .. } => (Duration::ZERO, result.as_deref().unwrap_or_default().to_vec()),
        Verdict::Retry { after, error } => (*after, failure::given(error)?),
        Verdict::Discard { error } => (Duration::ZERO, failure::given(error)?),
        Verdict::Snooze { after, reason } => (*after, reason.clone().unwrap_or_default().into_bytes()),
        Verdict::Release | Verdict::Cancel => (Duration::ZERO, Vec::new()),
    };
    push_millis(call, wait);
    let children = children(settlement);
    call.arg(text).arg(settlement.tenant.as_ref().map_or("", TenantId::as_str)).arg(children.len());
    children.iter().try_for_each(|child| push_job(call, child, queue))
}

fn push_report(call: &mut Call, report: &Report) -> Result<(), EngineError> {
    push_claim(call, report.claim);
    match &report.progress {
        None => call.arg("").arg(""),
        Some(progress) => {
            call.arg(progress.percent.get()).arg(progress.message.as_deref().unwrap_or_default())
        }
    };
    let newest = &report.log[report.log.len().saturating_sub(MAX_LOG_LINES)..];
    call.arg(newest.len());
    for line in newest {
        call.arg(serde_json::to_vec(line).map_err(|error| corrupt(error.to_string()))?);
    }
    Ok(())
}

fn settled(code: i64) -> Result<Settled, EngineError> {
    if code == 0 {
        return Ok(Settled::Stale);
    }
    Ok(Settled::Applied { state: state(code)? })
}
