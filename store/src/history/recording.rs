use windlass_shared::{JobId, QueueName, Timestamp};

use super::JobEnd;

/// What is to be recorded in one transaction: all of it, or, where somebody else was faster, nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// From which queue.
    pub queue: QueueName,
    /// The step of the reader that this is; a repair, which reads past the events, is none.
    pub advance: Option<Advance>,
    /// What happened. Rows that are there already (same job, claim and moment) stay as they are.
    pub rows: Vec<JobEnd>,
    /// Jobs that were removed for good: everything about them goes, what stands in `rows` as well.
    pub deleted: Vec<JobId>,
    /// Events that were lost before they could be read.
    pub gap: Option<Gap>,
}

/// A step of the reader of a queue's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// Where the reader began: the position that must hold for this to be recorded; `None` when it was the first.
    pub from: Option<String>,
    /// Where it is now.
    pub to: String,
}

/// Events that were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// How many, as far as can be told.
    pub missed: u64,
    /// When that was noticed.
    pub at: Timestamp,
}

/// What became of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It is in the database.
    Recorded {
        /// How many of its rows were not there before.
        new: u64,
    },
    /// Another reader has moved the position meanwhile: nothing was changed.
    Overtaken {
        /// The position that holds.
        position: Option<String>,
    },
}

/// How far a queue's events have been recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuePosition {
    /// Which queue.
    pub queue: QueueName,
    /// The position, in the words of the reader; none where only repairs were recorded.
    pub position: Option<String>,
    /// When it last moved.
    pub moved_at: Timestamp,
    /// How many rows were recorded by reading events, all in all.
    pub recorded: u64,
    /// How many events were lost, all in all.
    pub missed: u64,
    /// How many rows repairs have found, all in all.
    pub repaired: u64,
    /// How often events were lost.
    pub gaps: u64,
    /// When they last were.
    pub last_gap_at: Option<Timestamp>,
    /// The last repair has made up for what was lost until then.
    pub repaired_at: Option<Timestamp>,
}

impl QueuePosition {
    /// Whether events were lost for which no repair has made up yet.
    pub fn needs_repair(&self) -> bool {
        self.last_gap_at.is_some_and(|gap| self.repaired_at.is_none_or(|repaired| repaired <= gap))
    }
}
