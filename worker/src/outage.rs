use std::sync::Arc;
use std::time::Duration;

use windlass_queue::EngineError;
use windlass_shared::{Backoff, Entropy, QueueName};

/// How one part of a worker lives through an outage of the engine: it says so once, comes back at growing
/// intervals, and says once that it is over.
#[derive(Debug)]
pub(crate) struct Outage {
    part: &'static str,
    queue: Option<QueueName>,
    entropy: Arc<Entropy>,
    failures: u16,
}

impl Outage {
    /// No outage so far, for a part that serves one queue, or all of them.
    pub(crate) const fn none(part: &'static str, queue: Option<QueueName>, entropy: Arc<Entropy>) -> Self {
        Self { part, queue, entropy, failures: 0 }
    }

    /// A call failed: answers how long to wait before the next.
    pub(crate) fn failed(&mut self, error: &EngineError) -> Duration {
        if self.failures == 0 {
            let queue = self.queue.as_ref().map(QueueName::as_str);
            tracing::warn!(event = "engine.outage", part = self.part, queue, %error, "waiting for the engine");
        }
        self.failures = self.failures.saturating_add(1);
        pause_after(self.failures, &self.entropy)
    }

    /// Whether the last call failed.
    pub(crate) const fn is_on(&self) -> bool {
        self.failures > 0
    }

    /// A call succeeded.
    pub(crate) fn over(&mut self) {
        if self.failures > 0 {
            let queue = self.queue.as_ref().map(QueueName::as_str);
            let failures = self.failures;
            tracing::info!(
                event = "engine.back",
                part = self.part,
                queue,
                failures,
                "the engine answers again"
            );
            self.failures = 0;
        }
    }
}

/// How long to wait for an engine that has failed this often.
pub(crate) fn pause_after(failures: u16, entropy: &Entropy) -> Duration {
    let backoff = Backoff::Exponential { base: Duration::from_millis(50), most: Duration::from_secs(2) };
    backoff.delay(failures, entropy.fraction())
}

#[cfg(test)]
mod tests {
    use windlass_queue::Reach;

    use super::*;

    #[test]
    fn waits_grow_to_two_seconds_and_start_small_after_a_success() {
        let mut outage = Outage::none("test", None, Arc::new(Entropy::seeded(1)));
        let error = EngineError::Unavailable { engine: "x", reach: Reach::Unknown, detail: String::new() };
        let waits: Vec<_> = (0..20).map(|_| outage.failed(&error)).collect();
        assert!(waits[0] < Duration::from_millis(63));
        assert!(waits[19] >= Duration::from_millis(1_500) && waits[19] <= Duration::from_millis(2_500));
        outage.over();
        assert!(outage.failed(&error) < Duration::from_millis(63));
    }
}
