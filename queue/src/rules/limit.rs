use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What may happen at most. What is left out is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many jobs may run at a time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub concurrency: Option<NonZeroU32>,
    /// How many may start in a time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rate: Option<Rate>,
}

/// How many jobs may start in a time, as a generic cell rate algorithm: one each `period / count`, and after a pause up to
/// `burst` at once.
///
/// All that is kept is one instant, the *theoretical arrival time*: when the next job would start if they came evenly.
/// Instants are microseconds since the epoch.
///
/// ```
/// use std::{num::NonZeroU32, time::Duration};
/// use windlass_queue::Rate;
///
/// let two = NonZeroU32::new(2).unwrap();
/// let rate = Rate { count: two, period: Duration::from_secs(1), burst: two };
/// assert_eq!(rate.free(0, 10_000_000), 2);
/// let arrival = rate.after(0, 10_000_000, 2);
/// assert_eq!(rate.free(arrival, 10_000_000), 0);
/// // Half a second later one more may start.
/// assert_eq!(rate.opens_at(arrival), 10_500_000);
/// assert_eq!(rate.free(arrival, 10_500_000), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How many.
    pub count: NonZeroU32,
    /// In which time; whole milliseconds count.
    #[serde(rename = "period_ms", with = "millis")]
    pub period: Duration,
    /// How many at once, after a time in which none started.
    #[serde(default = "one")]
    pub burst: NonZeroU32,
}

const fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl Rate {
    /// The longest period.
    pub const LONGEST: Duration = Duration::from_hours(24 * 31);

    /// Microseconds between two starts that come evenly: at least one.
    pub fn interval(&self) -> u64 {
        let period = self.period.min(Self::LONGEST).as_millis();
        let micros = period.saturating_mul(1_000) / u128::from(self.count.get());
        u64::try_from(micros).unwrap_or(u64::MAX).max(1)
    }

    /// How many may start `now`.
    pub fn free(&self, arrival: u64, now: u64) -> u32 {
        let room = now.saturating_add(self.window()).saturating_sub(self.arrival(arrival, now));
        u32::try_from(room / self.interval()).unwrap_or(u32::MAX)
    }

    /// The theoretical arrival time after `started` jobs started `now`.
    pub fn after(&self, arrival: u64, now: u64, started: u32) -> u64 {
        self.arrival(arrival, now).saturating_add(self.interval().saturating_mul(started.into()))
    }

    /// From when on at least one may start.
    pub fn opens_at(&self, arrival: u64) -> u64 {
        arrival.saturating_sub(self.window() - self.interval())
    }

    /// What a full burst takes.
    fn window(&self) -> u64 {
        self.interval().saturating_mul(self.burst.get().into())
    }

    /// No past is saved up, and no clock that stepped back closes the gate for longer than a burst does.
    fn arrival(&self, arrival: u64, now: u64) -> u64 {
        arrival.clamp(now, now.saturating_add(self.window()))
    }
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(period: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(period.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000_000_000;

    fn rate(count: u32, millis: u64, burst: u32) -> Rate {
        let number = |number| NonZeroU32::new(number).unwrap();
        Rate { count: number(count), period: Duration::from_millis(millis), burst: number(burst) }
    }

    #[test]
    fn without_a_burst_starts_are_spaced_evenly() {
        let rate = rate(10, 1_000, 1);
        let (mut arrival, mut now, mut starts) = (0, NOW, Vec::new());
        while now < NOW + 1_000_000 {
            if rate.free(arrival, now) > 0 {
                arrival = rate.after(arrival, now, 1);
                starts.push(now - NOW);
            }
            now += 1_000;
        }
        assert_eq!(starts, (0..10).map(|start| start * 100_000).collect::<Vec<_>>());
    }

    #[test]
    fn a_burst_is_saved_up_while_nothing_starts_and_never_more_than_it() {
        let rate = rate(10, 1_000, 5);
        assert_eq!(rate.free(0, NOW), 5);
        let arrival = rate.after(0, NOW, 5);
        assert_eq!(rate.free(arrival, NOW + 250_000), 2);
        assert_eq!(rate.free(arrival, NOW + 3_600_000_000), 5);
    }

    #[test]
    fn it_opens_exactly_when_it_says() {
        let rate = rate(3, 1_000, 2);
        let arrival = rate.after(0, NOW, 2);
        let opens = rate.opens_at(arrival);
        assert_eq!((rate.free(arrival, opens - 1), rate.free(arrival, opens)), (0, 1));
    }

    #[test]
    fn a_clock_that_steps_back_closes_it_for_no_longer_than_one_burst() {
        let rate = rate(1, 1_000, 2);
        let arrival = rate.after(0, NOW + 3_600_000_000, 2);
        assert_eq!(rate.free(arrival, NOW), 0);
        // The next start is counted from the new time.
        assert_eq!(rate.after(arrival, NOW, 0), NOW + 2_000_000);
    }

    #[test]
    fn no_number_overflows() {
        let rate = Rate { count: NonZeroU32::MIN, period: Duration::MAX, burst: NonZeroU32::MAX };
        assert_eq!(rate.free(u64::MAX, u64::MAX), 0);
        assert!(rate.after(0, NOW, u32::MAX) > NOW);
        assert_eq!(Rate { period: Duration::ZERO, ..rate }.interval(), 1);
    }

    #[test]
    fn a_limit_is_written_in_milliseconds_and_a_burst_may_be_left_out() {
        let limit: Limit =
            serde_json::from_str(r#"{"concurrency": 3, "rate": {"count": 5, "period_ms": 60000}}"#).unwrap();
        assert_eq!(limit.rate.unwrap(), rate(5, 60_000, 1));
        assert!(serde_json::from_str::<Limit>(r#"{"concurrency": 0}"#).is_err());
    }
}
