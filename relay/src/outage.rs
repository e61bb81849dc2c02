use std::time::Duration;

use windlass_shared::{Backoff, Entropy};

use crate::error::RelayError;

/// How a loop lives through an outage of either side: it says so once, comes back at growing intervals, and says once that
/// it is over.
#[derive(Debug)]
pub(crate) struct Outage {
    part: &'static str,
    failures: u16,
    /// Whether the last failure was one that may pass by itself.
    was_transient: bool,
}

impl Outage {
    /// No outage so far.
    pub(crate) const fn none(part: &'static str) -> Self {
        Self { part, failures: 0, was_transient: true }
    }

    /// Something failed: answers how long to wait before the next time.
    pub(crate) fn failed(&mut self, error: &RelayError, entropy: &Entropy) -> Duration {
        const PAUSES: Backoff =
            Backoff::Exponential { base: Duration::from_millis(100), most: Duration::from_secs(5) };
        let (part, is_transient) = (self.part, error.is_transient());
        if self.failures == 0 || is_transient != self.was_transient {
            tracing::warn!(event = "relay.outage", part, %error, is_transient, "waiting");
        }
        self.was_transient = is_transient;
        self.failures = self.failures.saturating_add(1);
        PAUSES.delay(self.failures, entropy.fraction())
    }

    /// Something succeeded.
    pub(crate) fn over(&mut self) {
        if self.failures > 0 {
            let (part, failures) = (self.part, self.failures);
            tracing::info!(event = "relay.back", part, failures, "going on");
            self.failures = 0;
        }
    }
}
