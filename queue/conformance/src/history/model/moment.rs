use std::time::Duration;

/// The model's own time: milliseconds since some instant. While an engine's clock runs, the model's stands still between
/// two steps, so all that a history measures is far longer than a history takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64);

impl Moment {
    /// Before everything.
    pub(super) const LONG_AGO: Self = Self(i64::MIN);
    /// After everything.
    pub(super) const NEVER: Self = Self(i64::MAX);
    /// When histories begin; far enough from zero that no step back reaches it.
    pub(super) const START: Self = Self(1_000_000_000_000);

    pub(crate) fn after(self, time: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(time.as_millis()).unwrap()))
    }

    pub(super) fn before(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(time.as_millis()).unwrap()))
    }

    /// How much later this is, if it is.
    pub(super) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or_default())
    }

    /// As rates count.
    pub(super) fn as_micros(self) -> u64 {
        u64::try_from(self.0).unwrap() * 1_000
    }
}
