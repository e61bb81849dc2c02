//! What may be asked for a job besides its arguments.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

/// When a job may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At this instant.
    At(Timestamp),
    /// This long after the server has accepted it: up to ten years, in whole milliseconds.
    After(Duration),
}

/// From when on a job is not worth starting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// At this instant.
    At(Timestamp),
    /// This long after the server has accepted it: up to ten years, in whole milliseconds.
    After(Duration),
}

/// How long a job waits after a failed attempt, in whole milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backoff {
    /// Twice as long after each failure, from `base` up to `most`.
    Exponential {
        /// After the first failure.
        base: Duration,
        /// The longest.
        most: Duration,
    },
    /// The same each time.
    Fixed(Duration),
    /// One a failure; the last one repeats.
    List(Vec<Duration>),
}

/// A wish that no other job of the same kind and arguments exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// The names of the arguments that count; none means all of them.
    pub args: Option<Vec<String>>,
    /// For how long.
    pub until: Until,
    /// What happens when there is another one.
    pub on_conflict: OnConflict,
}

/// For how long a job holds its unique key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until a worker claims it.
    Start,
    /// Until it has ended.
    Finish,
    /// This long after it was accepted: 1 ms to 365 days.
    Period(Duration),
}

/// What happens when another job holds the unique key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// The other job is the answer.
    #[default]
    Reject,
    /// The other job, while it waits, takes over arguments and time.
    Replace,
    /// The other job, while it waits, takes over the arguments, and its time starts anew.
    Debounce,
    /// As `Replace`; while the other job runs, this one waits as its heir.
    KeepLatest,
}

/// As the API writes a backoff.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum WrittenBackoff {
    Exponential { base_ms: u64, most_ms: u64 },
    Fixed { wait_ms: u64 },
    List { waits_ms: Vec<u64> },
}

impl From<Backoff> for WrittenBackoff {
    fn from(backoff: Backoff) -> Self {
        match backoff {
            Backoff::Exponential { base, most } => {
                Self::Exponential { base_ms: millis(base), most_ms: millis(most) }
            }
            Backoff::Fixed(wait) => Self::Fixed { wait_ms: millis(wait) },
            Backoff::List(waits) => Self::List { waits_ms: waits.into_iter().map(millis).collect() },
        }
    }
}

/// As the API writes a wish for uniqueness.
#[derive(Debug, Clone, Serialize)]
pub(super) struct WrittenUnique {
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Vec<String>>,
    until: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_ms: Option<u64>,
    on_conflict: OnConflict,
}

impl From<Unique> for WrittenUnique {
    fn from(unique: Unique) -> Self {
        let (until, period_ms) = match unique.until {
            Until::Start => ("start", None),
            Until::Finish => ("finish", None),
            Until::Period(period) => ("period", Some(millis(period))),
        };
        Self { args: unique.args, until, period_ms, on_conflict: unique.on_conflict }
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
