use std::time::Duration;

use super::{Problem, Repeat};
use crate::error::Error;

/// When, and how often, a request is sent again.
///
/// Sent again is what got no full answer, and what was answered with 429, 502, 503 or 504, or with 409 while the first
/// request with the same idempotency key is still being worked on. The pause doubles each time, and its second half is
/// drawn by lot, so that clients which failed together do not come back together. A `Retry-After` of the server is waited
/// for, unless it is longer than [`longest_advice`](Self::longest_advice).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retries {
    /// How often a request is sent at the most; 1 means never again.
    pub attempts: u32,
    /// The pause after the first failure.
    pub first: Duration,
    /// The longest pause that the client chooses by itself.
    pub longest: Duration,
    /// The longest `Retry-After` that is waited for. A longer one ends the attempts; it is in the [`Problem`].
    pub longest_advice: Duration,
}

impl Default for Retries {
    /// Five attempts, with pauses from 200 ms to 10 s, and up to a minute where the server says so.
    fn default() -> Self {
        Self {
            attempts: 5,
            first: Duration::from_millis(200),
            longest: Duration::from_secs(10),
            longest_advice: Duration::from_mins(1),
        }
    }
}

impl Retries {
    /// None at all: every failure is the caller's to deal with.
    pub fn none() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// How long to wait before the next attempt after this many failures; `None` when there is none.
    pub(super) fn pause(&self, error: &Error, repeat: Repeat, failures: u32) -> Option<Duration> {
        if failures >= self.attempts {
            return None;
        }
        let advice = match error {
            Error::NoAnswer { source, .. } => {
                may_repeat_unanswered(source, repeat).then_some(Duration::ZERO)?
            }
            Error::Refused(problem) => {
                may_repeat_refused(problem, repeat).then_some(problem.retry_after.unwrap_or_default())?
            }
            Error::Unusable { .. }
            | Error::Unreadable { .. }
            | Error::Unsuccessful(_)
            | Error::NotOver { .. } => return None,
        };
        (advice <= self.longest_advice).then(|| advice.max(jittered(self.backoff(failures))))
    }

    fn backoff(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }
}

/// A connection that was never made has carried nothing.
fn may_repeat_unanswered(error: &reqwest::Error, repeat: Repeat) -> bool {
    match repeat {
        Repeat::Harmless => !error.is_builder() && !error.is_redirect(),
        Repeat::Doubles => error.is_connect(),
    }
}

fn may_repeat_refused(problem: &Problem, repeat: Repeat) -> bool {
    match repeat {
        Repeat::Harmless => problem.is_transient(),
        // A gateway or a server that gave up may have done the work all the same.
        Repeat::Doubles => problem.status == 429,
    }
}

/// Between half of it and all of it.
fn jittered(pause: Duration) -> Duration {
    // Without randomness, clients that failed together come back together, which is no reason to fail.
    let lot = getrandom::u32().unwrap_or(u32::MAX);
    let half = pause / 2;
    half + half.mul_f64(f64::from(lot) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, retry_after: Option<u64>) -> Error {
        let problem = Problem::of(status, retry_after.map(Duration::from_secs), None, b"");
        Error::Refused(Box::new(problem))
    }

    #[test]
    fn a_pause_doubles_up_to_its_bound_and_is_at_least_half_of_it() {
        let retries = Retries { attempts: 20, ..Retries::default() };
        for (failures, whole) in [(1, 200), (2, 400), (3, 800), (6, 6_400), (7, 10_000), (19, 10_000)] {
            let pause = retries.pause(&refused(503, None), Repeat::Harmless, failures).unwrap();
            let whole = Duration::from_millis(whole);
            assert!(whole / 2 <= pause && pause <= whole, "{failures}: {pause:?}");
        }
    }

    #[test]
    fn the_server_is_given_the_time_that_it_asks_for() {
        let retries = Retries::default();
        let pause = |seconds| retries.pause(&refused(429, Some(seconds)), Repeat::Harmless, 1);
        assert_eq!(pause(7), Some(Duration::from_secs(7)));
        assert_eq!(pause(61), None);
    }

    #[test]
    fn what_another_attempt_cannot_change_is_not_attempted() {
        let retries = Retries::default();
        for status in [400, 401, 403, 404, 409, 422, 500, 501] {
            assert_eq!(retries.pause(&refused(status, None), Repeat::Harmless, 1), None, "{status}");
        }
        for status in [429, 502, 503, 504] {
            assert!(retries.pause(&refused(status, None), Repeat::Harmless, 1).is_some(), "{status}");
        }
    }

    #[test]
    fn what_would_be_done_twice_is_sent_again_only_when_it_was_not_done() {
        let retries = Retries::default();
        assert!(retries.pause(&refused(429, Some(1)), Repeat::Doubles, 1).is_some());
        assert_eq!(retries.pause(&refused(503, Some(1)), Repeat::Doubles, 1), None);
    }

    #[test]
    fn attempts_come_to_an_end() {
        let retries = Retries::default();
        assert!(retries.pause(&refused(503, None), Repeat::Harmless, 4).is_some());
        assert_eq!(retries.pause(&refused(503, None), Repeat::Harmless, 5), None);
        assert_eq!(Retries::none().pause(&refused(503, None), Repeat::Harmless, 1), None);
    }
}
