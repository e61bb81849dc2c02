use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JobState {
    /// Its time is ahead.
    Scheduled,
    /// It waits for something else than time.
    Pending,
    /// It can be claimed.
    Available,
    /// A worker holds it.
    Running,
    /// An attempt failed; it waits for the next.
    Retryable,
    /// It is done.
    Completed,
    /// Somebody cancelled it.
    Cancelled,
    /// It was given up.
    Discarded,
    /// One that this client does not know.
    #[serde(other)]
    Unknown,
}

impl JobState {
    /// Whether nothing more will happen to the job by itself.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Completed | Self::Cancelled | Self::Discarded => true,
            Self::Scheduled
            | Self::Pending
            | Self::Available
            | Self::Running
            | Self::Retryable
            | Self::Unknown => false,
        }
    }

    /// The word for it.
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
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
