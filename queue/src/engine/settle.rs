use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use windlass_shared::{Claim, JobState, TenantId};

use super::{EngineError, NewJob};
use crate::job::{AttemptError, LogLine, Progress};

/// The role that takes back what was claimed. Every call shows a token; a token that is not current changes
/// nothing and is told so.
#[async_trait]
pub trait SettleJobs {
    /// Ends claims. A settlement that is repeated is answered like the first time.
    ///
    /// A job with a requested cancellation ends as `cancelled` unless its verdict is [`Verdict::Complete`].
    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, EngineError>;

    /// Stores progress and log lines of running jobs.
    async fn report(&self, reports: &[Report]) -> Result<Vec<Fenced>, EngineError>;

    /// Notes that a suspect starts now and runs alone in its process; its attempt's time counts from here.
    async fn begin_alone(&self, claim: Claim) -> Result<Fenced, EngineError>;
}

/// The end of one claim.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// What is settled.
    pub claim: Claim,
    /// Whose job it is, where that is at hand: it saves the engine looking it up.
    pub tenant: Option<TenantId>,
    /// How.
    pub verdict: Verdict,
}

/// How a claim ends. Decided by [`judge`](crate::judge), applied by an engine.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// The work is done.
    Complete {
        /// What the handler returned: JSON in UTF-8.
        result: Option<Bytes>,
        /// Jobs that follow from it. They are accepted in the same step, whatever quotas and depths say, or not at all;
        /// their ids make that happen once.
        children: Vec<NewJob>,
    },
    /// The attempt failed and another one follows.
    Retry {
        /// After this long.
        after: Duration,
        /// Why it failed.
        error: AttemptError,
    },
    /// The job is given up.
    Discard {
        /// Why.
        error: AttemptError,
    },
    /// Not now: the job comes back later and the attempt is given back.
    Snooze {
        /// After this long.
        after: Duration,
        /// What it waits for, where there is something to say.
        reason: Option<String>,
    },
    /// Interrupted: the job goes to the front of its lane and the attempt is given back.
    Release,
    /// The handler stopped because it was asked to.
    Cancel,
}

impl Verdict {
    /// The verb of this transition, the same word everywhere.
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Complete { .. } => "complete",
            Self::Retry { .. } => "retry",
            Self::Discard { .. } => "discard",
            Self::Snooze { .. } => "snooze",
            Self::Release => "release",
            Self::Cancel => "cancel",
        }
    }
}

/// What became of a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It holds, from now or from an earlier call with the same token.
    Applied {
        /// The state that the job is in now.
        state: JobState,
    },
    /// The token is not current: the job was rescued, deleted, or never claimed with it.
    Stale,
}

/// What became of a call that shows a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fenced {
    /// The token is current and the call was applied.
    Applied,
    /// The token is not current and nothing was changed.
    Stale,
}

/// What a running job tells about itself.
#[derive(Debug, Clone)]
pub struct Report {
    /// Which one.
    pub claim: Claim,
    /// How far it is, where that changed.
    pub progress: Option<Progress>,
    /// What it logged. A job keeps its newest [`MAX_LOG_LINES`](crate::MAX_LOG_LINES) lines.
    pub log: Vec<LogLine>,
}
