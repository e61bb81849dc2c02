use std::time::Duration;

use windlass_shared::{QueueName, TenantId};

/// Why an engine could not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The engine cannot be reached or did not answer in time; whether the call was applied is unknown.
    #[error("the {engine} engine cannot be reached: {detail}")]
    Unavailable {
        /// The engine's name.
        engine: &'static str,
        /// Whether somebody else may still reach it.
        reach: Reach,
        /// What the driver said.
        detail: String,
    },
    /// The engine answers, and refuses: out of memory or disk, read-only, wrong version, no permission.
    #[error("the {engine} engine refused: {detail}")]
    Refused {
        /// The engine's name.
        engine: &'static str,
        /// What it said, and what to do.
        detail: String,
    },
    /// What is stored is not what this version wrote or can read.
    #[error("the {engine} engine holds something that this version cannot read: {detail}")]
    Corrupt {
        /// The engine's name.
        engine: &'static str,
        /// What was found where.
        detail: String,
    },
    /// The rules of the queue keep a new job out.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// A page was asked for with a cursor that no earlier page gave.
    #[error("the cursor is not one that an earlier page gave; start again without it")]
    InvalidCursor,
}

/// Which rule keeps a new job out, and nothing of it in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The queue holds as many jobs as it may.
    #[error("the queue {queue} is full: it may hold {limit} jobs that are not finished")]
    QueueFull {
        /// Which queue.
        queue: QueueName,
        /// How many it may hold.
        limit: u64,
    },
    /// The tenant has as many jobs in the queue as it may.
    #[error("the tenant {tenant} may have {limit} unfinished jobs in the queue {queue}, and has them")]
    QuotaReached {
        /// Which queue.
        queue: QueueName,
        /// Whose job it is.
        tenant: TenantId,
        /// How many it may have.
        limit: u64,
    },
    /// The queue is being drained.
    #[error("the queue {queue} is being drained and takes no new jobs")]
    Draining {
        /// Which queue.
        queue: QueueName,
    },
}

impl Rejection {
    /// When it is worth trying again.
    pub const RETRY_AFTER: Duration = Duration::from_secs(10);
}

/// What is known of an engine that does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nobody reaches it: its host answers that nothing listens there. No one can claim, rescue or judge a
    /// worker dead meanwhile.
    DownForAll,
    /// Perhaps only this process is cut off.
    Unknown,
}

impl EngineError {
    /// Whether the same call may succeed later without anybody changing anything.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Refused { .. } | Self::Rejected(_) => true,
            Self::Corrupt { .. } | Self::InvalidCursor => false,
        }
    }

    /// Whether the engine is proven to be down for everybody.
    pub const fn is_down_for_all(&self) -> bool {
        matches!(self, Self::Unavailable { reach: Reach::DownForAll, .. })
    }
}
