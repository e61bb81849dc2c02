use std::fmt;
use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

/// The number of a queue within an installation; it is part of the id of each of the queue's jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueNumber(u16);

impl QueueNumber {
    /// The queue with this number.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// How urgent a job is within its tenant: 0 is first, 9 is last, 5 is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Priority(u8);

impl Priority {
    /// Before all others.
    pub const FIRST: Self = Self(0);
    /// After all others.
    pub const LAST: Self = Self(9);

    /// A priority from 0 to 9.
    pub const fn new(level: u8) -> Result<Self, InvalidNumber> {
        if level > Self::LAST.0 {
            return Err(InvalidNumber { what: "priority", least: 0, most: 9 });
        }
        Ok(Self(level))
    }

    /// The level, 0 to 9.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for Priority {
    fn default() -> Self {
        Self(5)
    }
}

impl TryFrom<u8> for Priority {
    type Error = InvalidNumber;

    fn try_from(level: u8) -> Result<Self, Self::Error> {
        Self::new(level)
    }
}

impl From<Priority> for u8 {
    fn from(priority: Priority) -> Self {
        priority.0
    }
}

/// How often a job is tried before it is discarded: 1 to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct MaxAttempts(NonZeroU16);

impl MaxAttempts {
    /// A bound from 1 to 1,000.
    pub const fn new(attempts: u16) -> Result<Self, InvalidNumber> {
        match NonZeroU16::new(attempts) {
            Some(attempts) if attempts.get() <= 1_000 => Ok(Self(attempts)),
            _ => Err(InvalidNumber { what: "max_attempts", least: 1, most: 1_000 }),
        }
    }

    /// One attempt and this many retries, at most 1,000 attempts in all.
    pub const fn after_retries(retries: u16) -> Self {
        let attempts = if retries < 1_000 { retries + 1 } else { 1_000 };
        match NonZeroU16::new(attempts) {
            Some(attempts) => Self(attempts),
            None => Self(NonZeroU16::MIN),
        }
    }

    /// The bound.
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

impl TryFrom<u16> for MaxAttempts {
    type Error = InvalidNumber;

    fn try_from(attempts: u16) -> Result<Self, Self::Error> {
        Self::new(attempts)
    }
}

impl From<MaxAttempts> for u16 {
    fn from(attempts: MaxAttempts) -> Self {
        attempts.get()
    }
}

/// How far a job has come: 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percent(u8);

impl Percent {
    /// `percent`, or 100 where it is more.
    pub const fn saturating(percent: u8) -> Self {
        if percent > 100 { Self(100) } else { Self(percent) }
    }

    /// The number, 0 to 100.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Percent {
    type Error = InvalidNumber;

    fn try_from(percent: u8) -> Result<Self, Self::Error> {
        if percent > 100 {
            return Err(InvalidNumber { what: "progress", least: 0, most: 100 });
        }
        Ok(Self(percent))
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// A number outside of its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} goes from {least} to {most}")]
pub struct InvalidNumber {
    what: &'static str,
    least: u16,
    most: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_outside_of_its_range_does_not_construct() {
        assert!(Priority::new(10).is_err());
        assert!(MaxAttempts::new(0).is_err());
        assert!(MaxAttempts::new(1_001).is_err());
        assert!(Percent::try_from(101).is_err());
        assert_eq!(Percent::saturating(200).get(), 100);
    }

    #[test]
    fn three_retries_are_four_attempts() {
        assert_eq!(MaxAttempts::after_retries(3).get(), 4);
        assert_eq!(MaxAttempts::after_retries(u16::MAX).get(), 1_000);
    }
}
