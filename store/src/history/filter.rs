use std::fmt;
use std::str::FromStr;

use windlass_shared::{ClaimNumber, JobId, JobState, KindName, QueueName, Tag, TenantId, Timestamp};

/// Which rows are wanted: those that fit everything that is given. An empty list, like `None`, lets everything through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryFilter {
    /// Of this organization; of all, when there is none.
    pub organization: Option<TenantId>,
    /// Which rows of a job.
    pub runs: Runs,
    /// In one of these states.
    pub states: Vec<JobState>,
    /// In one of these queues.
    pub queues: Vec<QueueName>,
    /// Of one of these kinds.
    pub kinds: Vec<KindName>,
    /// With all of these tags.
    pub tags: Vec<Tag>,
    /// Ended at this moment or later.
    pub from: Option<Timestamp>,
    /// Ended before this moment.
    pub until: Option<Timestamp>,
    /// With this text in the error; upper and lower case are the same, for letters beyond ASCII on PostgreSQL only.
    pub error: Option<String>,
}

/// Which rows of each job are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Runs {
    /// The newest row, if it tells of a final end: what the job came to.
    #[default]
    Final,
    /// The newest row, final or not.
    Latest,
    /// Every row.
    Every,
}

/// The place of a row in a list. It is written as a text for who pages, and checked when it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryCursor {
    /// When the row's claim ended.
    pub ended_at: Timestamp,
    /// Which job.
    pub job: JobId,
    /// Which of its claims.
    pub claim: ClaimNumber,
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that an earlier page gave; start again without it")]
pub struct InvalidHistoryCursor;

impl fmt::Display for HistoryCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.ended_at.as_millis(), self.claim.get(), self.job)
    }
}

impl FromStr for HistoryCursor {
    type Err = InvalidHistoryCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(InvalidHistoryCursor);
        Ok(Self {
            ended_at: Timestamp::from_millis(part()?.parse().map_err(|_| InvalidHistoryCursor)?),
            claim: ClaimNumber::new(part()?.parse().map_err(|_| InvalidHistoryCursor)?),
            job: part()?.parse().map_err(|_| InvalidHistoryCursor)?,
        })
    }
}
