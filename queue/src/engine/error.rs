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
    /// A page was asked for with a cursor that no earlier page gave.
    #[error("the cursor is not one that an earlier page gave; start again without it")]
    InvalidCursor,
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
            Self::Unavailable { .. } | Self::Refused { .. } => true,
            Self::Corrupt { .. } | Self::InvalidCursor => false,
        }
    }

    /// Whether the engine is proven to be down for everybody.
    pub const fn is_down_for_all(&self) -> bool {
        matches!(self, Self::Unavailable { reach: Reach::DownForAll, .. })
    }
}
