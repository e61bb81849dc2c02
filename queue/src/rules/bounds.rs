//! What a rule may say. Engines trust it, so whoever takes a rule from outside checks it first.

use std::time::Duration;

use super::{Limit, Pause, QueuePolicy, Rate, TenantPolicy};
use crate::job::MAX_TEXT_BYTES;

/// The greatest count that a rule may name.
const MOST: u64 = 1_000_000_000_000;
/// The longest time that a rule may name: ten years.
const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);
/// The longest time that a full burst may take: a year.
const LONGEST_BURST: Duration = Duration::from_hours(365 * 24);

/// A rule that says more than a queue can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{name} {rule}")]
pub struct InvalidRule {
    /// Which of its values, with dots between the parts of its path.
    pub name: &'static str,
    /// What holds for it.
    pub rule: &'static str,
}

/// Answers the rule for the value where it does not hold.
const fn hold(holds: bool, name: &'static str, rule: &'static str) -> Result<(), InvalidRule> {
    if holds { Ok(()) } else { Err(InvalidRule { name, rule }) }
}

impl Limit {
    /// Whether it limits something, and in numbers that an engine can count with.
    pub fn check(&self) -> Result<(), InvalidRule> {
        let limits = self.concurrency.is_some() || self.rate.is_some();
        hold(limits, "concurrency", "or rate has to be given, or both; remove the limit to have none")?;
        self.rate.as_ref().map_or(Ok(()), Rate::check)
    }
}

impl Rate {
    fn check(&self) -> Result<(), InvalidRule> {
        let periods = Duration::from_millis(1)..=Self::LONGEST;
        hold(periods.contains(&self.period), "rate.period_ms", "goes from 1 to 2678400000 (31 days)")?;
        let burst = Duration::from_micros(self.interval().saturating_mul(self.burst.get().into()));
        hold(burst <= LONGEST_BURST, "rate.burst", "is more than the rate lets start in a year; make it less")
    }
}

impl Pause {
    /// Whether its length and its note can be kept.
    pub fn check(&self) -> Result<(), InvalidRule> {
        let lasts = self.lasts.is_none_or(|lasts| lasts >= Duration::from_millis(1) && lasts <= LONGEST);
        hold(lasts, "lasts_ms", "goes from 1 to 315360000000 (ten years)")?;
        let note = self.note.as_ref().is_none_or(|note| note.len() <= MAX_TEXT_BYTES);
        hold(note, "note", "has at most 1024 bytes")
    }
}

impl TenantPolicy {
    /// Whether its weight and its quota can be counted with.
    pub fn check(&self) -> Result<(), InvalidRule> {
        hold(self.weight.get() <= Self::GREATEST_WEIGHT, "weight", "goes from 1 to 1000")?;
        hold(self.quota.is_none_or(|quota| quota.get() <= MOST), "quota", "goes from 1 to 1000000000000")
    }
}

impl QueuePolicy {
    /// Whether its bounds can be counted with.
    pub fn check(&self) -> Result<(), InvalidRule> {
        let bound = "goes from 1 to 1000000000000";
        hold(self.max_depth.is_none_or(|depth| depth.get() <= MOST), "max_depth", bound)?;
        hold(self.tenant_quota.is_none_or(|quota| quota.get() <= MOST), "tenant_quota", bound)?;
        let Some(retention) = self.retention else { return Ok(()) };
        let age = "goes from 0 to 315360000000 (ten years)";
        hold(retention.completed_for <= LONGEST, "retention.completed_for_ms", age)?;
        hold(retention.failed_for <= LONGEST, "retention.failed_for_ms", age)?;
        hold(retention.results_for <= LONGEST, "retention.results_for_ms", age)
    }
}

#[cfg(test)]
mod tests {
    use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};

    use super::*;
    use crate::engine::Retention;
    use crate::rules::Scope;

    const ONE: NonZeroU32 = NonZeroU32::MIN;

    fn limit(period: Duration, burst: NonZeroU32) -> Limit {
        Limit { concurrency: None, rate: Some(Rate { count: ONE, period, burst }) }
    }

    fn fault(checked: Result<(), InvalidRule>) -> Option<&'static str> {
        checked.err().map(|fault| fault.name)
    }

    #[test]
    fn a_limit_limits_something_within_a_month_and_a_year() {
        let second = Duration::from_secs(1);
        assert_eq!(fault(Limit::default().check()), Some("concurrency"));
        assert_eq!(fault(limit(Duration::ZERO, ONE).check()), Some("rate.period_ms"));
        assert_eq!(fault(limit(Rate::LONGEST + second, ONE).check()), Some("rate.period_ms"));
        assert_eq!(fault(limit(second, NonZeroU32::MAX).check()), Some("rate.burst"));
        assert_eq!(fault(limit(Rate::LONGEST, ONE).check()), None);
        assert_eq!(fault(Limit { concurrency: Some(NonZeroU32::MAX), rate: None }.check()), None);
    }

    #[test]
    fn a_pause_has_a_length_and_a_short_note() {
        let pause = |lasts, note: &str| Pause { scope: Scope::Queue, lasts, note: Some(note.to_owned()) };
        assert_eq!(fault(pause(None, "x").check()), None);
        assert_eq!(fault(pause(Some(Duration::ZERO), "x").check()), Some("lasts_ms"));
        assert_eq!(fault(pause(Some(Duration::MAX), "x").check()), Some("lasts_ms"));
        assert_eq!(fault(pause(None, &"x".repeat(MAX_TEXT_BYTES + 1)).check()), Some("note"));
    }

    #[test]
    fn counts_and_ages_stay_where_every_store_can_count() {
        let tenant = |weight, quota| {
            let weight = NonZeroU16::new(weight).unwrap();
            fault(TenantPolicy { weight, quota: NonZeroU64::new(quota) }.check())
        };
        assert_eq!(tenant(1_000, MOST), None);
        assert_eq!(tenant(1_001, 1), Some("weight"));
        assert_eq!(tenant(1, MOST + 1), Some("quota"));
        let policy = QueuePolicy { max_depth: NonZeroU64::new(MOST + 1), ..QueuePolicy::default() };
        assert_eq!(fault(policy.check()), Some("max_depth"));
        let retention = Some(Retention { failed_for: Duration::MAX, ..Retention::default() });
        let policy = QueuePolicy { retention, ..QueuePolicy::default() };
        assert_eq!(fault(policy.check()), Some("retention.failed_for_ms"));
    }
}
