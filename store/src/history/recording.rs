use windlass_shared::{JobId, QueueName, Timestamp};

use super::JobEnd;

/// What is to be recorded in one transaction: all of it, or, where somebody else was faster, nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// From which queue.
    pub queue: QueueName,
    /// What the reader does by it.
    pub step: Step,
    /// What happened. Rows that are there already (same job, claim and moment) stay as they are.
    pub rows: Vec<JobEnd>,
    /// Jobs that were removed for good: everything about them goes, what stands in `rows` as well.
    pub deleted: Vec<JobId>,
    /// Events that were lost before they could be read.
    pub gap: Option<Gap>,
}

/// What the reader of a queue's events does by a recording. Each begins at a position, which must hold for anything to be
/// recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It has read events.
    Advance {
        /// Where it began; `None` when it was the first.
        from: Option<String>,
        /// Where it is now.
        to: String,
    },
    /// It has looked past the events at what the engine still holds, and moves nothing.
    Repair {
        /// Where the events had been read to before it looked: what was recorded since then may know better, of a job that
        /// has been deleted for example. `None` where none had been.
        at: Option<String>,
    },
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
    /// The position has moved meanwhile: nothing was changed.
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
    /// For how many of the gaps, counted from the first one, repairs have made up.
    pub repaired_gaps: u64,
}

impl QueuePosition {
    /// Whether events were lost for which no repair has made up yet.
    pub fn needs_repair(&self) -> bool {
        self.gaps > self.repaired_gaps
    }
}
