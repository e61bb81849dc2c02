use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;
use windlass_shared::Claim;

/// The attempts that are out of time by the engine's clock, and since when this rescuer has seen them so.
///
/// That clock may have stepped, or the machine may have slept, while the attempt itself has time left. So the
/// rescuer lets the whole time of an attempt pass once more on its own monotonic clock before it believes that. It
/// can afford to: a worker ends its attempts in time itself, and this is for one that does not.
#[derive(Debug, Default)]
pub(super) struct Overruns {
    since: HashMap<Claim, Instant>,
}

impl Overruns {
    /// Takes in every claim that is out of time now.
    pub(super) fn observe(&mut self, overdue: &HashSet<Claim>, now: Instant) {
        self.since.retain(|claim, _| overdue.contains(claim));
        for claim in overdue {
            self.since.entry(*claim).or_insert(now);
        }
    }

    /// Whether an attempt that may take `timeout` has certainly taken longer.
    pub(super) fn is_proven(&self, claim: &Claim, timeout: Duration, now: Instant) -> bool {
        self.since.get(claim).is_some_and(|since| now.duration_since(*since) >= timeout)
    }
}

#[cfg(test)]
mod tests {
    use windlass_shared::{ClaimNumber, Incarnation, JobId, LeaseToken};

    use super::*;

    const TIMEOUT: Duration = Duration::from_mins(10);

    fn claim() -> Claim {
        let token = LeaseToken { worker: Incarnation::from_bytes([1; 8]), number: ClaimNumber::new(1) };
        Claim { job: JobId::from_bytes([2; 16]), token }
    }

    #[test]
    fn an_overrun_is_proven_once_the_time_of_the_attempt_has_passed_again() {
        let (mut overruns, start) = (Overruns::default(), Instant::now());
        overruns.observe(&HashSet::from([claim()]), start);
        overruns.observe(&HashSet::from([claim()]), start + TIMEOUT / 2);
        assert!(!overruns.is_proven(&claim(), TIMEOUT, start + TIMEOUT / 2));
        assert!(overruns.is_proven(&claim(), TIMEOUT, start + TIMEOUT));
    }

    #[test]
    fn a_claim_that_is_in_time_again_is_forgotten() {
        let (mut overruns, start) = (Overruns::default(), Instant::now());
        overruns.observe(&HashSet::from([claim()]), start);
        overruns.observe(&HashSet::new(), start + TIMEOUT);
        overruns.observe(&HashSet::from([claim()]), start + TIMEOUT);
        assert!(!overruns.is_proven(&claim(), TIMEOUT, start + TIMEOUT));
    }
}
