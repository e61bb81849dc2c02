use rusqlite::params;
use windlass_queue::{ClaimRequest, ClaimedJob, Scope, Serves};
use windlass_shared::{Incarnation, JobState, KindName, QueueNumber, TenantId};

use super::candidate::{Candidate, Lanes};
use crate::fault::Fault;
use crate::turn::Turn;
use crate::verbs::expiry::expire;
use crate::verbs::gate::Gate;
use crate::verbs::lanes::{Dealer, Hand};
use crate::verbs::{parking, ready, unique};

/// How many jobs one claim looks at beside those that it hands out.
const LOOKS: usize = 500;

/// The hand-out of jobs to one worker: each one that comes up is started, or parked where it is held up, or discarded
/// because it has expired.
pub(super) struct Dealing<'a> {
    pub(super) queue: QueueNumber,
    pub(super) gate: Gate,
    worker: Incarnation,
    serves: &'a Serves,
    /// The least urgent priority that may come.
    lowest: u8,
    started: usize,
    passed_over: usize,
    /// Whether some that the worker serves may still be parked for it.
    pub(super) leaves_unserved: bool,
}

impl<'a> Dealing<'a> {
    pub(super) fn new(queue: QueueNumber, request: &'a ClaimRequest, gate: Gate) -> Self {
        Self {
            queue,
            gate,
            worker: request.worker,
            serves: &request.serves,
            lowest: u8::MAX,
            started: 0,
            passed_over: 0,
            leaves_unserved: false,
        }
    }

    /// From now on hands out nothing that is less urgent.
    pub(super) const fn deal_at(&mut self, priority: u8) {
        self.lowest = priority;
    }

    /// How many jobs have left their places.
    pub(super) const fn looked_at(&self) -> usize {
        self.started + self.passed_over
    }

    /// The first suspect that may start.
    pub(super) fn suspect(&mut self, turn: &mut Turn<'_>) -> Result<Option<ClaimedJob>, Fault> {
        while !self.is_done() {
            let Some(candidate) = Candidate::suspect(turn, self.queue, self.worker)? else { break };
            let tenant = Scope::Tenant(candidate.job.tenant.clone());
            if self.gate.free(turn, &tenant)? == 0 {
                self.gate.hold(turn, &tenant)?;
                self.passed_over += 1;
                parking::park(turn, &candidate.blocked(), &tenant)?;
            } else if let Some(job) = self.start_or_park(turn, candidate)? {
                return Ok(Some(job));
            }
        }
        Ok(None)
    }

    fn start_or_park(
        &mut self,
        turn: &mut Turn<'_>,
        candidate: Candidate,
    ) -> Result<Option<ClaimedJob>, Fault> {
        let job = &candidate.job;
        self.passed_over += 1;
        if job.expires_at.is_some_and(|expires_at| expires_at <= turn.now()) {
            expire(turn, job.claim.job)?;
        } else if !self.serves(&job.kind) {
            parking::park_unserved(turn, &candidate.blocked(), &job.kind)?;
        } else if let Some(scope) = self.gate.blocks(turn, &job.kind, job.limit_key.as_ref())? {
            parking::park(turn, &candidate.blocked(), &scope)?;
        } else {
            self.passed_over -= 1;
            return self.start(turn, candidate).map(Some);
        }
        Ok(None)
    }

    fn start(&mut self, turn: &mut Turn<'_>, candidate: Candidate) -> Result<ClaimedJob, Fault> {
        const SQL: &str = "UPDATE jobs SET state = 4, attempt = attempt + 1, claims = claims + 1,
            ends = (ends << 1) & 255, worker = ?2, attempted_at = ?3, slots = ?4, parked_by = NULL, parking = NULL
            WHERE seq = ?1";
        let Candidate { seq, extras, job, .. } = candidate;
        let slots = self.gate.start(turn, &job.tenant, &job.kind, job.limit_key.as_ref())?;
        let values = params![seq, self.worker.as_bytes(), turn.now().as_millis(), slots];
        turn.prepare(SQL)?.execute(values)?;
        turn.count(self.queue, Some(JobState::Available), Some(JobState::Running));
        self.started += 1;
        if let Some(unique) = &extras.unique {
            unique::let_go(turn, job.claim.job, unique, Some(JobState::Running))?;
        }
        Ok(job)
    }

    fn serves(&self, kind: &KindName) -> bool {
        match self.serves {
            Serves::Every => true,
            Serves::These(kinds) => kinds.contains(kind),
        }
    }

    /// Puts a tenant into the ring, onto the bench, or nowhere; answers whether it has more to give now.
    fn seat(&mut self, turn: &mut Turn<'_>, tenant: &TenantId) -> Result<bool, Fault> {
        if !ready::refresh(turn, self.queue, tenant)? {
            return Ok(false);
        }
        if self.gate.free(turn, &Scope::Tenant(tenant.clone()))? > 0 {
            return Ok(true);
        }
        self.gate.bench(turn, tenant)?;
        Ok(false)
    }
}

impl Dealer for Dealing<'_> {
    type Job = ClaimedJob;

    fn deal(
        &mut self,
        turn: &mut Turn<'_>,
        tenant: &TenantId,
        most: usize,
    ) -> Result<Hand<ClaimedJob>, Fault> {
        let most = most.min(self.gate.free(turn, &Scope::Tenant(tenant.clone()))?);
        let lanes = Lanes { queue: self.queue, tenant, lowest: self.lowest };
        let mut hand = Hand { jobs: Vec::new(), is_dry: false };
        while hand.jobs.len() < most && !hand.is_dry && !self.is_done() {
            let wanted = most - hand.jobs.len();
            let next = Candidate::in_lanes(turn, &lanes, wanted, self.worker)?;
            hand.is_dry = next.len() < wanted;
            for candidate in next {
                hand.jobs.extend(self.start_or_park(turn, candidate)?);
            }
        }
        if self.gate.is_ruled() && !self.seat(turn, tenant)? {
            hand.is_dry = true;
        }
        Ok(hand)
    }

    fn is_done(&self) -> bool {
        self.passed_over >= LOOKS
    }
}
