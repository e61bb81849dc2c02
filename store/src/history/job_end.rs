use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use windlass_shared::{
    ClaimNumber, JobId, JobState, KindName, MaxAttempts, Priority, QueueName, Tag, TenantId, Timestamp,
};

/// How a claim on a job ended, or how a job ended without one: a row of the history, keyed by job, claim and moment.
///
/// Texts may be anything: where the database cannot hold a character (PostgreSQL has no NUL), U+FFFD stands for it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobEnd {
    /// Which job.
    pub job: JobId,
    /// Which of its claims; 0 for a job that was never claimed.
    pub claim: ClaimNumber,
    /// When.
    pub ended_at: Timestamp,
    /// Whose job it is.
    pub organization: TenantId,
    /// Its queue.
    pub queue: QueueName,
    /// Its kind.
    pub kind: KindName,
    /// What happened to it.
    pub verb: Verb,
    /// Its state after that.
    pub state: JobState,
    /// The attempts used by then.
    pub attempt: u16,
    /// How many there could be.
    pub max_attempts: MaxAttempts,
    /// Its priority.
    pub priority: Priority,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When the attempt started.
    pub attempted_at: Option<Timestamp>,
    /// Who had claimed it.
    pub worker: Option<String>,
    /// The sort of the newest error, like `timeout`.
    pub error_reason: Option<String>,
    /// The newest error, in a sentence.
    pub error: Option<String>,
    /// Its arguments: JSON.
    pub args: Option<String>,
    /// What its handler returned: JSON.
    pub result: Option<String>,
    /// Its errors and its log.
    pub details: Option<Value>,
}

/// What ends a claim, or a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// The attempt did its work.
    Complete,
    /// The attempt failed; there will be another.
    Retry,
    /// The job was given up.
    Discard,
    /// Somebody cancelled the job.
    Cancel,
    /// The claim was taken from a worker that died.
    Rescue,
    /// The handler wants to be called again later.
    Snooze,
    /// The worker gave the job back.
    Release,
    /// The time of the job to start was over.
    Expire,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 8] = [
        Self::Complete,
        Self::Retry,
        Self::Discard,
        Self::Cancel,
        Self::Rescue,
        Self::Snooze,
        Self::Release,
        Self::Expire,
    ];

    /// The word for it, the same everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Retry => "retry",
            Self::Discard => "discard",
            Self::Cancel => "cancel",
            Self::Rescue => "rescue",
            Self::Snooze => "snooze",
            Self::Release => "release",
            Self::Expire => "expire",
        }
    }
}

/// A word that is no verb of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such verb; there are complete, retry, discard, cancel, rescue, snooze, release and expire")]
pub struct UnknownVerb;

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Verb {
    type Err = UnknownVerb;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == text).ok_or(UnknownVerb)
    }
}
