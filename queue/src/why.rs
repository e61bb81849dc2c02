//! Why a job does not run.

use serde::Serialize;
use windlass_shared::{JobId, JobState, KindName, Priority, TenantId, Timestamp};

use crate::rules::Scope;

/// How many of those that stand before a job are counted.
pub const MOST_AHEAD: u64 = 10_000;
/// How many holders of a full limit are named.
pub const MOST_HOLDERS: usize = 20;

/// The answer to "why is this job not running?".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The job.
    pub job: JobId,
    /// Where it is in its life.
    pub state: JobState,
    /// All that holds it up, what counts first coming first. Empty when nothing does: it runs, is over, or is next.
    pub reasons: Vec<Reason>,
}

/// Something that holds a job up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Its time is ahead.
    ScheduledFor {
        /// When it may start.
        at: Timestamp,
    },
    /// An attempt failed, and the next one is due later.
    RetryAt {
        /// When it may start.
        at: Timestamp,
    },
    /// It is unique, and waits for the one that holds its key.
    WaitsFor {
        /// That one.
        holder: JobId,
    },
    /// It, or all of which it is one, is paused or held.
    Paused {
        /// What is.
        scope: Scope,
        /// Until when, if that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// As many run as may.
    LimitFull {
        /// Of what.
        scope: Scope,
        /// How many may.
        limit: u32,
        /// Who they are, at most [`MOST_HOLDERS`].
        holders: Vec<JobId>,
    },
    /// As many have started as may in this time.
    RateLimited {
        /// Of what.
        scope: Scope,
        /// From when on the next one may start.
        until: Timestamp,
    },
    /// No living worker serves the queue.
    NoWorkers,
    /// Living workers serve the queue, but none of them the kind.
    Unserved {
        /// The kind.
        kind: KindName,
    },
    /// Workers died under it, so it must run alone, as soon as a worker can let its other jobs end.
    MustRunAlone {
        /// How many workers died.
        deaths: u8,
    },
    /// Others are before it.
    Ahead {
        /// How many in its own lane, counted up to [`MOST_AHEAD`].
        jobs: u64,
        /// Whose lane that is.
        tenant: TenantId,
        /// The priority of the lane.
        priority: Priority,
    },
}
