use std::time::Duration;

use tokio::time::Instant;

/// How a worker's lease is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseTiming {
    /// How often the lease is renewed.
    pub beat_every: Duration,
    /// How long it lasts after a renewal: whoever sees no new beat for so long may give the jobs to others.
    pub lasts: Duration,
    /// How long before its end the handlers are stopped, so that they have stopped when it ends.
    pub margin: Duration,
    /// How long one renewal may take.
    pub beat_timeout: Duration,
}

impl Default for LeaseTiming {
    /// A beat every 3 s of at most 2 s, a lease of 10 s, and handlers stopped 2 s before its end.
    fn default() -> Self {
        const SECOND: Duration = Duration::from_secs(1);
        Self { beat_every: 3 * SECOND, lasts: 10 * SECOND, margin: 2 * SECOND, beat_timeout: 2 * SECOND }
    }
}

impl LeaseTiming {
    /// A lease has to outlast a beat that comes late and takes long, and the margin.
    pub(crate) fn check(self) -> Result<(), InvalidLeaseTiming> {
        let Self { beat_every, lasts, margin, beat_timeout } = self;
        if beat_every.is_zero() || beat_every + beat_timeout + margin >= lasts {
            return Err(InvalidLeaseTiming { timing: self });
        }
        Ok(())
    }
}

/// A lease that could not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a lease of {:?} is not longer than a beat every {:?}, its time-out of {:?} and a margin of {:?} together",
    .timing.lasts, .timing.beat_every, .timing.beat_timeout, .timing.margin
)]
pub struct InvalidLeaseTiming {
    timing: LeaseTiming,
}

/// Whether a worker may run jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has not been seen yet: nobody would notice its death.
    NotYet,
    /// Its lease holds.
    Held,
    /// Its lease ends, or has ended: its jobs may be given to others.
    Lost,
}

/// When a worker has to stop its handlers, by what it knows itself. Pure: it is told the time.
#[derive(Debug)]
pub(crate) struct LeaseClock {
    timing: LeaseTiming,
    ends: Option<Instant>,
}

impl LeaseClock {
    /// A clock for a lease that was never renewed.
    pub(crate) const fn new(timing: LeaseTiming) -> Self {
        Self { timing, ends: None }
    }

    /// A renewal that was sent `at` this instant was stored.
    pub(crate) fn renewed(&mut self, at: Instant) {
        self.ends = Some(at + self.timing.lasts);
    }

    /// A renewal that was sent `at` this instant proved that nobody reaches the engine. Nobody can take the jobs
    /// then, so a lease that still holds goes on; one that was lost stays so until it is renewed.
    pub(crate) fn down_for_all(&mut self, at: Instant) {
        if self.standing(at) == Standing::Held {
            self.ends = Some(at + self.timing.lasts);
        }
    }

    /// When the handlers must be stopped.
    pub(crate) fn stop_at(&self) -> Option<Instant> {
        self.ends.map(|ends| ends - self.timing.margin)
    }

    /// Whether the worker may run jobs `now`.
    pub(crate) fn standing(&self, now: Instant) -> Standing {
        match self.stop_at() {
            None => Standing::NotYet,
            Some(stop_at) if now < stop_at => Standing::Held,
            Some(_) => Standing::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn renewed() -> (LeaseClock, Instant) {
        let (mut clock, start) = (LeaseClock::new(LeaseTiming::default()), Instant::now());
        clock.renewed(start);
        (clock, start)
    }

    #[test]
    fn a_lease_that_could_not_be_kept_is_refused() {
        assert_eq!(LeaseTiming::default().check(), Ok(()));
        let short = LeaseTiming { lasts: 7 * SECOND, ..LeaseTiming::default() };
        assert!(short.check().unwrap_err().to_string().contains("7s"));
    }

    #[test]
    fn nothing_may_run_before_the_first_beat_is_stored() {
        let mut clock = LeaseClock::new(LeaseTiming::default());
        clock.down_for_all(Instant::now());
        assert_eq!(clock.standing(Instant::now()), Standing::NotYet);
    }

    #[test]
    fn handlers_are_stopped_a_margin_before_the_lease_ends() {
        let (clock, start) = renewed();
        assert_eq!(clock.standing(start + 7 * SECOND), Standing::Held);
        assert_eq!(clock.standing(start + 8 * SECOND), Standing::Lost);
    }

    #[test]
    fn a_renewal_counts_from_when_it_was_sent() {
        let (mut clock, start) = renewed();
        clock.renewed(start + 3 * SECOND);
        assert_eq!(clock.stop_at(), Some(start + 11 * SECOND));
    }

    #[test]
    fn an_engine_that_is_down_for_all_takes_no_lease_away() {
        let (mut clock, start) = renewed();
        for second in 1..60 {
            clock.down_for_all(start + second * SECOND);
        }
        assert_eq!(clock.standing(start + 60 * SECOND), Standing::Held);
    }

    #[test]
    fn a_lost_lease_comes_back_only_by_a_renewal() {
        let (mut clock, start) = renewed();
        clock.down_for_all(start + 9 * SECOND);
        assert_eq!(clock.standing(start + 9 * SECOND), Standing::Lost);
        clock.renewed(start + 20 * SECOND);
        assert_eq!(clock.standing(start + 21 * SECOND), Standing::Held);
    }
}
