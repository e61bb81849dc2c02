use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long to wait after a failed attempt.
///
/// ```
/// use std::time::Duration;
/// use windlass_shared::Backoff;
///
/// let backoff = Backoff::Exponential { base: Duration::from_secs(2), most: Duration::from_hours(1) };
/// // Half-way through the jitter the third failure waits 2 s × 2² = 8 s.
/// assert_eq!(backoff.delay(3, 0.5), Duration::from_secs(8));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backoff {
    /// `base`, then twice as long after each failure, up to `most`; then ±25 % of jitter, so that what
    /// failed together does not come back together.
    Exponential {
        /// The wait after the first failure.
        base: Duration,
        /// The longest wait, before the jitter.
        most: Duration,
    },
    /// The same wait each time, to the millisecond.
    Fixed(Duration),
    /// One wait a failure; the last one repeats. An empty list waits not at all.
    List(Vec<Duration>),
}

impl Backoff {
    /// The wait after failure number `failures` (1 is the first); `fraction` in `0.0..1.0` places it within the
    /// jitter.
    pub fn delay(&self, failures: u16, fraction: f64) -> Duration {
        let failures = failures.max(1);
        match self {
            Self::Exponential { base, most } => {
                let doubled = 2_u32.saturating_pow(u32::from(failures - 1));
                let plain = base.saturating_mul(doubled).min(*most);
                let jittered = plain.as_secs_f64() * (0.75 + 0.5 * fraction.clamp(0.0, 1.0));
                Duration::try_from_secs_f64(jittered).unwrap_or(*most)
            }
            Self::Fixed(wait) => *wait,
            Self::List(waits) => {
                let nth = usize::from(failures - 1).min(waits.len().saturating_sub(1));
                waits.get(nth).copied().unwrap_or_default()
            }
        }
    }
}

impl Default for Backoff {
    /// 2 s, doubling up to an hour.
    fn default() -> Self {
        Self::Exponential { base: Duration::from_secs(2), most: Duration::from_hours(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn exponential_doubles_up_to_its_most_within_a_quarter_of_jitter() {
        let backoff = Backoff::Exponential { base: SECOND, most: 10 * SECOND };
        let middle: Vec<_> = (1..=6).map(|n| backoff.delay(n, 0.5).as_secs()).collect();
        assert_eq!(middle, [1, 2, 4, 8, 10, 10]);
        assert_eq!(backoff.delay(1, 0.0), SECOND.mul_f64(0.75));
        assert!(backoff.delay(1, 0.999) < SECOND.mul_f64(1.25));
    }

    #[test]
    fn no_number_of_failures_overflows() {
        assert_eq!(Backoff::default().delay(u16::MAX, 0.5), Duration::from_hours(1));
    }

    #[test]
    fn no_length_of_a_wait_overflows() {
        let backoff = Backoff::Exponential { base: Duration::MAX, most: Duration::MAX };
        assert!(backoff.delay(3, 0.999) > Duration::from_hours(24));
    }

    #[test]
    fn a_list_repeats_its_last_wait_and_an_empty_one_does_not_wait() {
        let list = Backoff::List(vec![SECOND, 5 * SECOND]);
        assert_eq!([1, 2, 3].map(|n| list.delay(n, 0.0)), [SECOND, 5 * SECOND, 5 * SECOND]);
        assert_eq!(Backoff::List(Vec::new()).delay(1, 0.0), Duration::ZERO);
        assert_eq!(Backoff::Fixed(SECOND).delay(9, 0.9), SECOND);
    }
}
