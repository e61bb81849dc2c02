//! What holds for a queue besides the life of its jobs: pauses, limits, order and bounds, all changeable while jobs run.
//!
//! A job that could start but for a rule is *parked* under the [`Scope`] that holds it up, out of the way of what stands
//! behind it. The scopes of a job are looked at in this order, and the first one that holds it up is where it is parked:
//!
//! | | held up when | parked |
//! |---|---|---|
//! | queue | paused; concurrency full; rate used up | nothing moves: the queue gives no job |
//! | tenant | paused; concurrency full; rate used up | the tenant leaves the round of turns; its jobs stay in their lanes |
//! | kind | the worker that came across the job does not serve it | under the kind, for workers that do |
//! | kind | paused; concurrency full; rate used up | under the kind |
//! | key | paused or held; concurrency full; rate used up | under the key |
//!
//! What lifted a block brings parked jobs back to the front of their lanes: as many as may start, in the order in which
//! they were parked.

mod bounds;
mod change;
mod limit;
mod policy;
mod scope;

pub use bounds::InvalidRule;
pub use change::{PolicyChange, RetentionChange, Setting};
pub use limit::{Limit, Rate};
pub use policy::{Order, QueuePolicy, TenantPolicy};
pub use scope::{InvalidScope, LimitScope, Scope};

use std::time::Duration;

use serde::{Deserialize, Serialize};
use windlass_shared::{TenantId, Timestamp};

/// An order to hold something up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// What is held up.
    pub scope: Scope,
    /// For how long; until it is resumed if left out.
    pub lasts: Option<Duration>,
    /// Why, for those who wonder.
    pub note: Option<String>,
}

/// A pause in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    /// What is held up.
    pub scope: Scope,
    /// Until when; until it is resumed if left out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

/// Everything that is in force for a queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Its own settings.
    pub policy: QueuePolicy,
    /// The tenants that have settings of their own.
    pub tenants: Vec<(TenantId, TenantPolicy)>,
    /// What is paused or held, by scope.
    pub pauses: Vec<Paused>,
    /// The limits, by scope.
    pub limits: Vec<(LimitScope, Limit)>,
    /// Where jobs are parked, by scope; tenants that are out of the round are not among them.
    pub parked: Vec<Parked>,
}

/// Where jobs are parked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parked {
    /// Under what.
    pub scope: Scope,
    /// Whether they wait for a worker that serves their kind, rather than for a rule to lift.
    pub unserved: bool,
    /// How many; those that were cancelled or deleted there may still be counted.
    pub jobs: u64,
}
