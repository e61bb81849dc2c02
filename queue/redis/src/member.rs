use redis::Value;
use windlass_queue::{EngineError, HeldClaim};
use windlass_shared::{Claim, ClaimNumber, Incarnation, JobId, LeaseToken};

use crate::error::corrupt;
use crate::scripts::{bytes, integer};

const WORKER: usize = Incarnation::BYTES;
const ID: usize = JobId::BYTES;
const MEMBER: usize = WORKER + ID + 4;

/// A claim as a member of `running`: worker, job, number of the claim.
pub(crate) fn of(claim: Claim) -> [u8; MEMBER] {
    let mut member = [0; MEMBER];
    member[..WORKER].copy_from_slice(claim.token.worker.as_bytes());
    member[WORKER..WORKER + ID].copy_from_slice(claim.job.as_bytes());
    member[WORKER + ID..].copy_from_slice(&claim.token.number.get().to_be_bytes());
    member
}

/// Reads such a member.
pub(crate) fn claim(member: &[u8]) -> Result<Claim, EngineError> {
    let member: &[u8; MEMBER] = member.try_into().map_err(|_| corrupt("a claim of another length"))?;
    let (worker, rest) = member.split_at(WORKER);
    let worker = Incarnation::from_bytes(worker.try_into().map_err(|_| corrupt("a claim without a worker"))?);
    claim_of(worker, rest)
}

/// Reads what follows the worker: job, number of the claim.
pub(crate) fn claim_of(worker: Incarnation, rest: &[u8]) -> Result<Claim, EngineError> {
    let rest: &[u8; ID + 4] = rest.try_into().map_err(|_| corrupt("a claim of another length"))?;
    let mut id = [0; ID];
    id.copy_from_slice(&rest[..ID]);
    let mut number = [0; 4];
    number.copy_from_slice(&rest[ID..]);
    let number = ClaimNumber::new(u32::from_be_bytes(number));
    Ok(Claim { job: JobId::from_bytes(id), token: LeaseToken { worker, number } })
}

/// Reads pairs of a member and the milliseconds for which it has been overdue.
pub(crate) fn held(answer: Vec<Value>) -> Result<Vec<HeldClaim>, EngineError> {
    let mut claims = Vec::with_capacity(answer.len() / 2);
    let mut answer = answer.into_iter();
    while let (Some(member), Some(overdue)) = (answer.next(), answer.next()) {
        let overdue = u64::try_from(integer(&overdue)?).ok().map(std::time::Duration::from_millis);
        claims.push(HeldClaim { claim: claim(&bytes(member)?)?, overdue });
    }
    Ok(claims)
}
