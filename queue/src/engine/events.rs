use std::fmt;

use async_trait::async_trait;
use windlass_shared::{ClaimNumber, JobId, JobState, QueueName, Timestamp};

use super::EngineError;

/// How many events of a queue are kept at most, where nobody has said otherwise.
pub const MOST_EVENTS: u64 = 250_000;

/// The role that tells what has happened to jobs, for those who keep their history: every end of a claim, every end
/// without one, every deletion. Each is told once, in the step in which it happens and in the order of these.
///
/// Events wait for whoever follows them until [`forget_events`](Self::forget_events), the oldest are dropped when there are
/// too many, and a gap says how many are missing.
#[async_trait]
pub trait TellEvents {
    /// The events of `queue` after a position, oldest first: about `most` of them, and more where one call has told more at
    /// once. Without a position from the first that is kept.
    async fn events(
        &self,
        queue: &QueueName,
        after: Option<&EventPosition>,
        most: usize,
    ) -> Result<EventPage, EngineError>;

    /// Drops the events up to a position.
    async fn forget_events(&self, queue: &QueueName, up_to: &EventPosition) -> Result<(), EngineError>;

    /// Sets how many events are kept at most. It holds by and by, and only about.
    async fn bound_events(&self, queue: &QueueName, most: u64) -> Result<(), EngineError>;
}

/// What has happened to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobEvent {
    /// Which one.
    pub job: JobId,
    /// Its newest claim: the one that has ended, or the one before an end without any; 0 if it never had one.
    pub claim: ClaimNumber,
    /// When. Of an end this is the job's [`finished_at`](crate::Job::finished_at).
    pub at: Timestamp,
    /// What.
    pub verb: EventVerb,
    /// The state that the job was in afterwards; `None` when it was deleted.
    pub state: Option<JobState>,
}

/// What can happen to a job that its history tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventVerb {
    /// Its work was done.
    Complete,
    /// An attempt failed, and another one follows.
    Retry,
    /// It was given up.
    Discard,
    /// It was put off, and the attempt given back.
    Snooze,
    /// It was interrupted, and the attempt given back.
    Release,
    /// It was cancelled, while it ran or before.
    Cancel,
    /// Its worker died.
    Rescue,
    /// Its time to start was over.
    Expire,
    /// It was deleted.
    Delete,
}

impl EventVerb {
    /// Every verb; its place is its code minus one.
    pub const ALL: [Self; 9] = [
        Self::Complete,
        Self::Retry,
        Self::Discard,
        Self::Snooze,
        Self::Release,
        Self::Cancel,
        Self::Rescue,
        Self::Expire,
        Self::Delete,
    ];

    /// The word for it, the same everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Retry => "retry",
            Self::Discard => "discard",
            Self::Snooze => "snooze",
            Self::Release => "release",
            Self::Cancel => "cancel",
            Self::Rescue => "rescue",
            Self::Expire => "expire",
            Self::Delete => "delete",
        }
    }

    /// The number that engines store for it, from 1.
    pub const fn code(self) -> u8 {
        self as u8 + 1
    }

    /// What a stored number stands for.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }
}

impl fmt::Display for EventVerb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A place among the events of a queue. Only the engine that wrote it can read it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventPosition(pub String);

/// Some events of a queue.
#[derive(Debug)]
pub struct EventPage {
    /// The events.
    pub events: Vec<JobEvent>,
    /// Where they end, for the next page; `None` while there never was an event.
    pub position: Option<EventPosition>,
    /// How many were dropped between the position that was asked for and the first of these.
    pub missed: u64,
    /// Whether the engine has lost its newest events after they had been read here: it was restored, or killed before they
    /// were on the disk. What these events told may not have happened, or may happen again.
    pub rolled_back: bool,
    /// How many follow.
    pub behind: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_is_what_its_code_stands_for() {
        for verb in EventVerb::ALL {
            assert_eq!(EventVerb::from_code(verb.code()), Some(verb));
        }
        assert_eq!(EventVerb::from_code(0), None);
        assert_eq!(EventVerb::from_code(10), None);
    }
}
