use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use windlass_shared::{
    Backoff, BatchId, ClaimNumber, Incarnation, JobId, JobState, KindName, LimitKey, MaxAttempts, Percent,
    Priority, QueueName, Tag, TenantId, Timestamp,
};

use crate::engine::Records;
use crate::unique::Unique;

/// How many of its newest log lines a job keeps.
pub const MAX_LOG_LINES: usize = 1_000;
/// How many bytes of a log line, a message or an error are kept: with [`MAX_LOG_LINES`] a job's log stays
/// within 1 MB.
pub const MAX_TEXT_BYTES: usize = 1_024;
/// How many of its newest errors a job keeps.
pub const MAX_ERRORS: usize = 20;
/// How many bytes the arguments or the result of a job may have.
pub const MAX_PAYLOAD_BYTES: usize = 64 * 1_024;
/// How many tags a job may carry.
pub const MAX_TAGS: usize = 16;

/// A job with all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The queue it lives in.
    pub queue: QueueName,
    /// What kind it is.
    pub kind: KindName,
    /// Whose it is.
    pub tenant: TenantId,
    /// Where it is in its life.
    pub state: JobState,
    /// Its priority.
    pub priority: Priority,
    /// The attempts used so far, one that is running included.
    pub attempt: u16,
    /// How many there may be.
    pub max_attempts: MaxAttempts,
    /// How often it was claimed. Unlike attempts, claims are never given back.
    pub claims: u32,
    /// How many worker processes have died under it.
    pub deaths: u8,
    /// Whether it is running alone in its process because of earlier deaths.
    pub alone: bool,
    /// Whether somebody asked for its cancellation while it ran.
    pub cancel_requested: bool,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its arguments: JSON in UTF-8.
    pub args: Bytes,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it may start, or might.
    pub run_at: Timestamp,
    /// When its newest attempt started.
    pub attempted_at: Option<Timestamp>,
    /// When it reached its final state.
    pub finished_at: Option<Timestamp>,
    /// Who claimed it last.
    pub worker: Option<Incarnation>,
    /// How far it came.
    pub progress: Progress,
    /// What its handler returned: JSON in UTF-8.
    pub result: Option<Bytes>,
    /// How its newest attempts failed, oldest first; at most [`MAX_ERRORS`].
    pub errors: Vec<AttemptError>,
    /// What it logged, oldest first; at most [`MAX_LOG_LINES`].
    pub log: Vec<LogLine>,
    /// How long to wait after a failure, instead of what its kind says.
    pub backoff: Option<Backoff>,
    /// From when on it is not worth starting any more.
    pub expires_at: Option<Timestamp>,
    /// The key that it shares limits by.
    pub limit_key: Option<LimitKey>,
    /// What makes it unique within its queue.
    pub unique: Option<Unique>,
    /// The batch that it is a member of.
    pub batch: Option<BatchId>,
    /// Its steps and how far it has come.
    pub records: Records,
}

/// How far a job came, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// 0 to 100.
    pub percent: Percent,
    /// What it is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// One line that a job logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// During which attempt.
    pub attempt: u16,
    /// What; at most [`MAX_TEXT_BYTES`].
    pub line: String,
}

/// How an attempt ended other than well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptError {
    /// Which attempt.
    pub attempt: u16,
    /// The claim that has ended with it, or the last one before; 0 if the job was never claimed. Engines see for themselves
    /// which one that is.
    pub claim: ClaimNumber,
    /// When it ended. Once an engine knows of it, this is the engine's own time of the step in which it learned it.
    pub at: Timestamp,
    /// What sort of end it was.
    pub reason: ErrorReason,
    /// What happened, in a sentence; at most [`MAX_TEXT_BYTES`].
    pub message: String,
}

/// The sorts of bad ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorReason {
    /// The handler failed in a way that may pass.
    Transient,
    /// The handler failed in a way that will not pass.
    Permanent,
    /// The handler panicked.
    Panic,
    /// The attempt took longer than it may.
    Timeout,
    /// The arguments are not what the kind takes.
    Undecodable,
    /// Worker processes died under the job, at last while it ran alone.
    Poison,
    /// Its time to start was over before it started.
    Expired,
}

/// `text`, or as much of its beginning as fits into `bytes`, cut between two characters.
pub fn truncated(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_two_characters() {
        assert_eq!(truncated("straße", 5), "stra");
        assert_eq!(truncated("straße", 6), "straß");
        assert_eq!(truncated("short", 100), "short");
    }
}
