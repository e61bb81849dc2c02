use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Its time is ahead.
    Scheduled,
    /// It waits for something else than time: a parent, a unique slot.
    Pending,
    /// It can be claimed.
    Available,
    /// A worker holds a claim on it.
    Running,
    /// An attempt failed; it waits for the next.
    Retryable,
    /// It is done.
    Completed,
    /// Somebody cancelled it.
    Cancelled,
    /// It was given up: attempts exhausted, a permanent error, poison. The dead letter.
    Discarded,
}

impl JobState {
    /// Every state, in the order of a job's life.
    pub const ALL: [Self; 8] = [
        Self::Scheduled,
        Self::Pending,
        Self::Available,
        Self::Running,
        Self::Retryable,
        Self::Completed,
        Self::Cancelled,
        Self::Discarded,
    ];

    /// Whether nothing more will happen to the job by itself.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Completed | Self::Cancelled | Self::Discarded => true,
            Self::Scheduled | Self::Pending | Self::Available | Self::Running | Self::Retryable => false,
        }
    }

    /// The word for it, the same everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Pending => "pending",
            Self::Available => "available",
            Self::Running => "running",
            Self::Retryable => "retryable",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Discarded => "discarded",
        }
    }

    /// The byte that engines store. Numbers are never given to another state.
    pub const fn code(self) -> u8 {
        match self {
            Self::Scheduled => 1,
            Self::Pending => 2,
            Self::Available => 3,
            Self::Running => 4,
            Self::Retryable => 5,
            Self::Completed => 6,
            Self::Cancelled => 7,
            Self::Discarded => 8,
        }
    }

    /// The state that a stored byte stands for.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for JobState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownState { text: text.chars().take(32).collect() })
    }
}

/// A word that is no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no state; the states are scheduled, pending, available, running, retryable, completed, \
     cancelled and discarded"
)]
pub struct UnknownState {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_read_back_from_its_word_and_its_byte() {
        for state in JobState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(JobState::from_code(state.code()), Some(state));
        }
        assert_eq!(JobState::from_code(0), None);
    }

    #[test]
    fn three_states_are_final() {
        let finals: Vec<_> = JobState::ALL.into_iter().filter(|state| state.is_final()).collect();
        assert_eq!(finals, [JobState::Completed, JobState::Cancelled, JobState::Discarded]);
    }
}
