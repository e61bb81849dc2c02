use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use crate::Timestamp;

/// The one door through which wall-clock time enters a process.
///
/// Durations inside a process (leases, time-outs) are measured with the monotonic clock instead; an
/// engine whose server keeps the time uses that.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// What time it is.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The system's clock moved by an offset, so that a test can let an hour pass.
#[derive(Debug, Default)]
pub struct ManualClock {
    offset_millis: AtomicI64,
}

impl ManualClock {
    /// Moves the clock forward.
    pub fn advance(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.offset_millis.fetch_add(millis, Ordering::SeqCst);
    }

    /// Moves the clock back, as a step of NTP would.
    pub fn step_back(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.offset_millis.fetch_sub(millis, Ordering::SeqCst);
    }

    /// By how many milliseconds the clock is ahead of the system's.
    pub fn offset_millis(&self) -> i64 {
        self.offset_millis.load(Ordering::SeqCst)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().as_millis().saturating_add(self.offset_millis()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_lets_an_hour_pass_at_once() {
        let clock = ManualClock::default();
        let before = clock.now();
        clock.advance(Duration::from_hours(1));
        assert!(clock.now().since(before) >= Duration::from_hours(1));
        clock.step_back(Duration::from_hours(2));
        assert!(clock.now() < before);
    }
}
