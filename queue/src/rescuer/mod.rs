mod evidence;
mod overruns;
mod watch;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use windlass_shared::{Backoff, Claim, ClaimNumber, Clock, Entropy, Incarnation, QueueName};

use crate::engine::{
    BeatNumber, Engine, EngineError, Fenced, HeldClaim, LivingWorker, Rescue, RescueVerdict,
};
use crate::job::{AttemptError, ErrorReason, Job};
use crate::judge::{judge_lost, judge_overdue};

use self::overruns::Overruns;
pub use self::watch::Watch;

/// How many claims are looked at in one call.
const PAGE: usize = 500;

/// Finds jobs whose workers cannot end them any more, and ends their claims.
///
/// Any number of rescuers may watch a queue; the fence lets only one of them succeed for each claim.
#[derive(Debug)]
pub struct Rescuer {
    engine: Arc<dyn Engine>,
    clock: Arc<dyn Clock>,
    entropy: Entropy,
    queue: QueueName,
    watch: Watch,
    overruns: Overruns,
    grace: Duration,
    looked: Option<Instant>,
    swept: Option<Instant>,
}

/// What one round of a rescuer did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RescueReport {
    /// The workers that were found dead in this round.
    pub dead: Vec<Incarnation>,
    /// The claims that were ended because their workers had died.
    pub revived: usize,
    /// The claims that were ended because their attempts had run past their time.
    pub overdue: usize,
    /// The claims that somebody else ended first.
    pub stale: usize,
}

impl Rescuer {
    /// A rescuer for one queue. Workers are dead after `lease` without a sign of life.
    pub fn new(engine: Arc<dyn Engine>, clock: Arc<dyn Clock>, queue: QueueName, lease: Duration) -> Self {
        let (watch, overruns, entropy) = (Watch::new(lease), Overruns::default(), Entropy::from_system());
        Self { engine, clock, entropy, queue, watch, overruns, grace: lease, looked: None, swept: None }
    }

    /// Looks once at every beat and every claim of the queue.
    ///
    /// After an error the watch starts anew: a rescuer that was cut off has seen nothing, so it judges nobody.
    pub async fn run_once(&mut self) -> Result<RescueReport, EngineError> {
        let report = self.look().await;
        if report.is_err() {
            self.watch.forget();
        }
        report
    }

    async fn look(&mut self) -> Result<RescueReport, EngineError> {
        let beats: HashMap<_, _> = self.engine.beats(&self.queue).await?.into_iter().collect();
        let now = Instant::now();
        // Who did not look for so long (a frozen process, say) has watched nobody meanwhile.
        if self.looked.replace(now).is_some_and(|looked| now.duration_since(looked) > self.grace) {
            self.watch.forget();
        }
        let mut report = RescueReport { dead: self.watch.observe(&beats, now), ..RescueReport::default() };
        let is_sweep_due = self.swept.is_none_or(|swept| now.duration_since(swept) >= self.grace / 2);
        if !report.dead.is_empty() || is_sweep_due {
            self.sweep(&beats, &mut report, now).await?;
            self.swept = Some(now);
        }
        self.bury(&report.dead, &beats).await?;
        Ok(report)
    }

    /// Looks at every claim of the queue: after a death, and from time to time for what no death explains.
    async fn sweep(
        &mut self,
        beats: &HashMap<Incarnation, BeatNumber>,
        report: &mut RescueReport,
        now: Instant,
    ) -> Result<(), EngineError> {
        let (mut claimants, mut overdue) = (HashSet::new(), HashSet::new());
        let mut cursor = None;
        loop {
            let page = self.engine.running(&self.queue, cursor.as_ref(), PAGE).await?;
            claimants.extend(page.claims.iter().map(|held| held.claim.token.worker));
            overdue.extend(page.claims.iter().filter(|held| self.is_overdue(held)).map(|held| held.claim));
            let lost = self.select(&page.claims, &report.dead, now);
            self.rescue(lost, report, now).await?;
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        self.watch.keep(beats, &claimants, now);
        self.overruns.observe(&overdue, now);
        Ok(())
    }

    fn is_overdue(&self, held: &HeldClaim) -> bool {
        held.overdue.is_some_and(|overdue| overdue > self.grace)
    }

    /// Which claims of a page have to be ended, and why.
    fn select(&self, page: &[HeldClaim], dead: &[Incarnation], now: Instant) -> Vec<(Claim, Cause)> {
        let cause = |held: &HeldClaim| {
            let worker = held.claim.token.worker;
            if dead.contains(&worker) || self.watch.is_ownerless(worker, now) {
                Some(Cause::Death)
            } else if self.is_overdue(held) {
                Some(Cause::Overdue)
            } else {
                None
            }
        };
        page.iter().filter_map(|held| Some((held.claim, cause(held)?))).collect()
    }

    async fn rescue(
        &self,
        lost: Vec<(Claim, Cause)>,
        report: &mut RescueReport,
        now: Instant,
    ) -> Result<(), EngineError> {
        if lost.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = lost.iter().map(|(claim, _)| claim.job).collect();
        let jobs = self.engine.glance(&self.queue, &ids).await?;
        let workers = self.workers().await;
        let decided: Vec<_> = lost
            .into_iter()
            .zip(jobs)
            .filter_map(|((claim, cause), job)| {
                Some((cause, self.decide(claim, cause, &job?, (&workers, now))?))
            })
            .collect();
        if decided.is_empty() {
            return Ok(());
        }
        let rescues: Vec<_> = decided.iter().map(|(_, rescue)| rescue.clone()).collect();
        let answers = self.engine.rescue(&self.queue, &rescues).await?;
        for ((cause, _), answer) in decided.iter().zip(answers) {
            match (answer, cause) {
                (Fenced::Stale, _) => report.stale += 1,
                (Fenced::Applied, Cause::Death) => report.revived += 1,
                (Fenced::Applied, Cause::Overdue) => report.overdue += 1,
            }
        }
        Ok(())
    }

    /// Who the workers are, dead ones that are not buried included. Without an answer the evidence says less, and
    /// jobs come back all the same.
    async fn workers(&self) -> Vec<LivingWorker> {
        self.engine.workers(&self.queue).await.unwrap_or_else(|error| {
            tracing::debug!(event = "rescue.evidence", %error, "the workers cannot be named");
            Vec::new()
        })
    }

    fn decide(
        &self,
        claim: Claim,
        cause: Cause,
        job: &Job,
        (workers, now): (&[LivingWorker], Instant),
    ) -> Option<Rescue> {
        let verdict = match cause {
            Cause::Overdue if !self.overruns.is_proven(&claim, job.timeout, now) => None,
            Cause::Death => judge_lost(job, |deaths| {
                self.error(job, ErrorReason::Poison, evidence::of_poison(job, claim, deaths, workers))
            }),
            Cause::Overdue => {
                let overran =
                    self.error(job, ErrorReason::Timeout, evidence::of_overrun(job, claim, workers));
                judge_overdue(job, &Backoff::default(), self.entropy.fraction(), overran)
            }
        };
        verdict.map(|verdict: RescueVerdict| Rescue { claim, verdict })
    }

    fn error(&self, job: &Job, reason: ErrorReason, message: String) -> AttemptError {
        let claim = ClaimNumber::new(job.claims);
        AttemptError { attempt: job.attempt, claim, at: self.clock.now(), reason, message }
    }

    async fn bury(
        &self,
        dead: &[Incarnation],
        beats: &HashMap<Incarnation, BeatNumber>,
    ) -> Result<(), EngineError> {
        for worker in dead {
            if let Some(seen) = beats.get(worker) {
                self.engine.bury(&self.queue, *worker, *seen).await?;
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Death,
    Overdue,
}
