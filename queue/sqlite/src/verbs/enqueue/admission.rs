use std::num::NonZeroU64;

use windlass_queue::{NewJob, QueuePolicy, Rejection};
use windlass_shared::{QueueName, QueueNumber, TenantId};

use super::check_number;
use crate::fault::Fault;
use crate::questions::policy::{policy, quota};
use crate::turn::Turn;

/// The gates of the queues that a call puts jobs into.
#[derive(Default)]
pub(super) struct Gates {
    gates: Vec<Gate>,
}

/// What the rules of a queue say about new jobs.
pub(super) struct Gate {
    queue: QueueName,
    number: QueueNumber,
    policy: QueuePolicy,
    /// What each tenant that was asked for may have.
    quotas: Vec<(TenantId, Option<NonZeroU64>)>,
}

impl Gates {
    /// The gate that a job has to pass. Refuses an id that does not belong to the queue.
    pub(super) fn of(&mut self, turn: &Turn<'_>, job: &NewJob) -> Result<&mut Gate, Fault> {
        let number = job.id.queue();
        let known = self.gates.iter().position(|gate| gate.number == number && gate.queue == job.queue);
        let index = if let Some(index) = known {
            index
        } else {
            check_number(turn, &job.queue, number, &job.id)?;
            let policy = policy(turn.connection(), number)?;
            self.gates.push(Gate { queue: job.queue.clone(), number, policy, quotas: Vec::new() });
            self.gates.len() - 1
        };
        Ok(&mut self.gates[index])
    }
}

impl Gate {
    /// Whether one more job of a tenant may come in.
    pub(super) fn admit(
        &mut self,
        turn: &Turn<'_>,
        tenant: &TenantId,
    ) -> Result<Result<(), Rejection>, Fault> {
        let (queue, policy) = (self.queue.clone(), self.policy);
        if policy.draining {
            return Ok(Err(Rejection::Draining { queue }));
        }
        if let Some(limit) = policy.max_depth.map(NonZeroU64::get)
            && turn.unfinished(self.number)? >= limit
        {
            return Ok(Err(Rejection::QueueFull { queue, limit }));
        }
        if let Some(limit) = self.quota(turn, tenant)?.map(NonZeroU64::get)
            && turn.unfinished_of(self.number, tenant)? >= limit
        {
            return Ok(Err(Rejection::QuotaReached { queue, tenant: tenant.clone(), limit }));
        }
        Ok(Ok(()))
    }

    fn quota(&mut self, turn: &Turn<'_>, tenant: &TenantId) -> Result<Option<NonZeroU64>, Fault> {
        if let Some((_, quota)) = self.quotas.iter().find(|(known, _)| known == tenant) {
            return Ok(*quota);
        }
        let quota = quota(turn.connection(), self.number, tenant)?.or(self.policy.tenant_quota);
        self.quotas.push((tenant.clone(), quota));
        Ok(quota)
    }
}
