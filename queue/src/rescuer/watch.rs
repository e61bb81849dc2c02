use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;
use windlass_shared::Incarnation;

use crate::engine::BeatNumber;

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
