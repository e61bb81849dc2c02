mod draw;
mod theme;

use proptest::sample::Index;
use windlass_queue::{Limit, LimitScope, OnConflict, QueuePolicy, Scope, Suspects, TenantPolicy, Until};

pub(crate) use draw::operations;
pub(crate) use theme::Theme;

/// How many workers, tenants, kinds, limit keys and unique keys take part.
pub(crate) const WORKERS: usize = 3;
pub(crate) const TENANTS: u8 = 2;
pub(crate) const KINDS: u8 = 2;
pub(crate) const LIMIT_KEYS: [&str; 3] = ["alone", "family:first", "family:second"];
pub(crate) const UNIQUE_KEYS: u8 = 3;

/// One thing that somebody does to a queue, and whether its answer is lost, so that the same call is made again.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) operation: Operation,
    pub(crate) again: bool,
}

/// What can be done to a queue. What it is done to is chosen among what there is at that time.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    /// New jobs, in one call.
    Enqueue(Vec<Wish>),
    /// A job that was asked for before is asked for again.
    EnqueueAgain {
        job: Index,
    },
    Claim(Ask),
    /// A claim whose answer never arrives: the worker asks what it holds, and gives back what it does not know.
    LostClaim(Ask),
    Settle {
        claim: Which,
        ending: Ending,
    },
    BeginAlone {
        claim: Which,
    },
    RecordStep {
        claim: Which,
        step: u8,
    },
    Checkpoint {
        claim: Which,
    },
    /// The worker is found dead, as far as this claim is concerned.
    Lose {
        claim: Which,
    },
    /// The attempt is found to have run past its time.
    Overrun {
        claim: Which,
        hours: u8,
    },
    Cancel {
        job: Index,
    },
    Redrive {
        job: Index,
        changes: bool,
    },
    Delete {
        job: Index,
    },
    Reprioritize {
        job: Index,
        priority: u8,
    },
    AskWhy {
        job: Index,
    },
    Promote {
        most: usize,
    },
    Prune,
    /// Hours pass.
    Advance {
        hours: u8,
    },
    StepBack {
        hours: u8,
    },
    Pause {
        scope: Scope,
        hours: Option<u8>,
    },
    Hold {
        scope: Scope,
        hours: u8,
    },
    /// One of the pauses that are there ends, or any.
    Resume {
        pause: Index,
    },
    SetLimit {
        scope: LimitScope,
        limit: Option<Limit>,
    },
    SetTenant {
        tenant: u8,
        policy: Option<TenantPolicy>,
    },
    SetPolicy(QueuePolicy),
    OpenBatch {
        callback: bool,
        /// Whether another queue keeps it.
        elsewhere: bool,
    },
    SealBatch {
        batch: Index,
    },
}

/// What is asked for with a new job.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) tenant: u8,
    pub(crate) kind: u8,
    pub(crate) priority: u8,
    /// How far ahead; 0 is now.
    pub(crate) hours: u8,
    pub(crate) max_attempts: u16,
    pub(crate) limit_key: Option<usize>,
    pub(crate) unique: Option<UniqueWish>,
    /// In how many hours it expires; 0 is long ago.
    pub(crate) expires: Option<u8>,
    pub(crate) batch: Option<Index>,
    pub(crate) is_remembered: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct UniqueWish {
    pub(crate) key: u8,
    pub(crate) until: Until,
    pub(crate) on_conflict: OnConflict,
}

/// What a worker asks for.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) worker: usize,
    pub(crate) most: usize,
    pub(crate) suspects: Suspects,
    /// The only kind that it serves, if it does not serve all.
    pub(crate) serves: Option<u8>,
}

/// Which claim: one that is current, or any that ever was.
#[derive(Debug, Clone)]
pub(crate) enum Which {
    Current(Index),
    Any(Index),
}

/// How a handler ended.
#[derive(Debug, Clone)]
pub(crate) enum Ending {
    Complete { children: Vec<Wish>, one_elsewhere: bool },
    FailTransient { hours: u8 },
    FailPermanent,
    Snooze { hours: u8 },
    Release,
    Stop,
}
