use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use windlass_shared::{Backoff, Claim, Clock, Entropy, Incarnation, QueueName};

use crate::engine::{BeatNumber, Engine, EngineError, Fenced, HeldClaim, Rescue, RescueVerdict};
use crate::job::{AttemptError, ErrorReason, Job};
use crate::judge::{judge_lost, judge_overdue};

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
    grace: Duration,
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
        let watch = Watch::new(lease);
        Self { engine, clock, entropy: Entropy::from_system(), queue, watch, grace: lease, swept: None }
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
        let mut claimants = HashSet::new();
        let mut cursor = None;
        loop {
            let page = self.engine.running(&self.queue, cursor.as_ref(), PAGE).await?;
            claimants.extend(page.claims.iter().map(|held| held.claim.token.worker));
            let lost = self.select(&page.claims, &report.dead, now);
            self.rescue(lost, report).await?;
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        self.watch.keep(beats, &claimants, now);
        Ok(())
    }

    /// Which claims of a page have to be ended, and why.
    fn select(&self, page: &[HeldClaim], dead: &[Incarnation], now: Instant) -> Vec<(Claim, Cause)> {
        let cause = |held: &HeldClaim| {
            let worker = held.claim.token.worker;
            if dead.contains(&worker) || self.watch.is_ownerless(worker, now) {
                Some(Cause::Death)
            } else if held.overdue.is_some_and(|overdue| overdue > self.grace) {
                Some(Cause::Overdue)
            } else {
                None
            }
        };
        page.iter().filter_map(|held| Some((held.claim, cause(held)?))).collect()
    }

    async fn rescue(&self, lost: Vec<(Claim, Cause)>, report: &mut RescueReport) -> Result<(), EngineError> {
        if lost.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = lost.iter().map(|(claim, _)| claim.job).collect();
        let jobs = self.engine.glance(&self.queue, &ids).await?;
        let decided: Vec<_> = lost
            .into_iter()
            .zip(jobs)
            .filter_map(|((claim, cause), job)| Some((cause, self.decide(claim, cause, &job?)?)))
            .collect();
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

    fn decide(&self, claim: Claim, cause: Cause, job: &Job) -> Option<Rescue> {
        let verdict = match cause {
            Cause::Death => judge_lost(job, |deaths| self.poison(job, claim, deaths)),
            Cause::Overdue => {
                judge_overdue(job, &Backoff::default(), self.entropy.fraction(), self.overran(job))
            }
        };
        verdict.map(|verdict: RescueVerdict| Rescue { claim, verdict })
    }

    fn poison(&self, job: &Job, claim: Claim, deaths: u8) -> AttemptError {
        let worker = claim.token.worker;
        let progress = job.progress.percent;
        let message = format!(
            "{deaths} worker processes died while they ran this job, the last one ({worker}) while it ran nothing \
             else; it had come to {progress}. Look for a crash or for memory running out in its handler."
        );
        self.error(job, ErrorReason::Poison, message)
    }

    fn overran(&self, job: &Job) -> AttemptError {
        let message = format!(
            "the attempt took longer than the {:?} it may, and its worker did not stop it",
            job.timeout
        );
        self.error(job, ErrorReason::Timeout, message)
    }

    fn error(&self, job: &Job, reason: ErrorReason, message: String) -> AttemptError {
        AttemptError { attempt: job.attempt, at: self.clock.now(), reason, message }
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

/// Judges who is dead by what it has seen itself, and by nobody's wall clock: a beat that has not changed for a
/// lease's length of time in which the watcher was connected.
#[derive(Debug)]
pub struct Watch {
    lease: Duration,
    seen: HashMap<Incarnation, Sighting>,
    ownerless: HashMap<Incarnation, Instant>,
}

#[derive(Debug, Clone, Copy)]
struct Sighting {
    beat: BeatNumber,
    since: Instant,
}

impl Watch {
    /// A watch that has seen nobody yet.
    pub fn new(lease: Duration) -> Self {
        Self { lease, seen: HashMap::new(), ownerless: HashMap::new() }
    }

    /// Takes in the beats of now and answers who is dead.
    pub fn observe(&mut self, beats: &HashMap<Incarnation, BeatNumber>, now: Instant) -> Vec<Incarnation> {
        self.seen.retain(|worker, _| beats.contains_key(worker));
        let mut dead = Vec::new();
        for (worker, beat) in beats {
            let sighting = self.seen.entry(*worker).or_insert(Sighting { beat: *beat, since: now });
            if sighting.beat != *beat {
                *sighting = Sighting { beat: *beat, since: now };
            } else if now.duration_since(sighting.since) > self.lease {
                dead.push(*worker);
            }
        }
        dead
    }

    /// Whether claims have carried this worker's tokens for a lease's length of time without it having a beat.
    pub fn is_ownerless(&self, worker: Incarnation, now: Instant) -> bool {
        self.ownerless.get(&worker).is_some_and(|since| now.duration_since(*since) > self.lease)
    }

    /// Remembers which of the workers that hold claims had no beat.
    pub fn keep(
        &mut self,
        beats: &HashMap<Incarnation, BeatNumber>,
        claimants: &HashSet<Incarnation>,
        now: Instant,
    ) {
        let is_ownerless = |worker: &Incarnation| claimants.contains(worker) && !beats.contains_key(worker);
        self.ownerless.retain(|worker, _| is_ownerless(worker));
        for worker in claimants.iter().filter(|worker| is_ownerless(worker)) {
            self.ownerless.entry(*worker).or_insert(now);
        }
    }

    /// Starts anew.
    pub fn forget(&mut self) {
        self.seen.clear();
        self.ownerless.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(10);
    const SECOND: Duration = Duration::from_secs(1);
    const WORKER: Incarnation = Incarnation::from_bytes([7; 8]);

    fn beats(number: u64) -> HashMap<Incarnation, BeatNumber> {
        HashMap::from([(WORKER, BeatNumber(number))])
    }

    #[test]
    fn a_beat_that_stays_the_same_for_a_lease_is_a_death() {
        let (mut watch, start) = (Watch::new(LEASE), Instant::now());
        assert!(watch.observe(&beats(1), start).is_empty());
        assert!(watch.observe(&beats(1), start + LEASE).is_empty());
        assert_eq!(watch.observe(&beats(1), start + LEASE + SECOND), [WORKER]);
    }

    #[test]
    fn any_other_number_is_a_sign_of_life_even_a_smaller_one() {
        let (mut watch, start) = (Watch::new(LEASE), Instant::now());
        watch.observe(&beats(5), start);
        assert!(watch.observe(&beats(3), start + 2 * LEASE).is_empty());
        assert!(watch.observe(&beats(3), start + 3 * LEASE).is_empty());
    }

    #[test]
    fn a_watcher_that_was_cut_off_judges_nobody() {
        let (mut watch, start) = (Watch::new(LEASE), Instant::now());
        watch.observe(&beats(1), start);
        watch.forget();
        assert!(watch.observe(&beats(1), start + 10 * LEASE).is_empty());
    }

    #[test]
    fn claims_without_any_beat_are_given_a_lease_too() {
        let (mut watch, start) = (Watch::new(LEASE), Instant::now());
        watch.keep(&HashMap::new(), &HashSet::from([WORKER]), start);
        assert!(!watch.is_ownerless(WORKER, start + LEASE));
        assert!(watch.is_ownerless(WORKER, start + LEASE + SECOND));
        watch.keep(&beats(1), &HashSet::from([WORKER]), start + LEASE);
        assert!(!watch.is_ownerless(WORKER, start + 9 * LEASE));
    }
}
