use serde::Deserialize;
use utoipa::ToSchema;

use super::{KindName, Scope, Timestamp};

/// How many jobs a queue holds, by state; of those that have ended, as far as they are retained.
#[derive(ToSchema)]
pub(crate) struct Depth {
    scheduled: u64,
    pending: u64,
    available: u64,
    running: u64,
    retryable: u64,
    completed: u64,
    cancelled: u64,
    discarded: u64,
}

/// A pause in force.
#[derive(ToSchema)]
pub(crate) struct Paused {
    /// What is held up.
    scope: Scope,
    /// Until when; until it is resumed if left out.
    until: Option<Timestamp>,
    /// Why.
    note: Option<String>,
}

/// Where jobs are parked.
#[derive(ToSchema)]
pub(crate) struct Parked {
    /// Under what.
    scope: Scope,
    /// Whether they wait for a worker that serves their kind, rather than for a rule to lift.
    unserved: bool,
    /// How many.
    jobs: u64,
}

/// What may happen at most. What is left out is not limited, but one of the two is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limit {
    /// How many jobs may run at a time.
    #[schema(minimum = 1, maximum = 4_294_967_295_u64)]
    concurrency: Option<u64>,
    /// How many may start in a time.
    rate: Option<Rate>,
}

/// A limit in force.
#[derive(ToSchema)]
pub(crate) struct LimitInForce {
    /// How many jobs may run at a time.
    concurrency: Option<u32>,
    /// How many may start in a time.
    rate: Option<Rate>,
}

/// How many jobs may start in a time; a full burst takes a year at most.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rate {
    /// How many.
    #[schema(minimum = 1, maximum = 4_294_967_295_u64)]
    count: u64,
    /// In which time: up to 31 days.
    #[schema(minimum = 1, maximum = 2_678_400_000_u64)]
    period_ms: u64,
    /// How many at once, after a time in which none started.
    #[schema(minimum = 1, maximum = 4_294_967_295_u64, default = 1, required = false)]
    burst: u64,
}

/// A worker that lives.
#[derive(ToSchema)]
pub(crate) struct LivingWorker {
    /// This life of it.
    #[schema(pattern = "^[0-9a-f]{16}$")]
    incarnation: String,
    /// A name that people recognize: by default host and process id.
    name: String,
    host: String,
    pid: u32,
    /// When its process started.
    started_at: Timestamp,
    /// The kinds that it serves.
    kinds: Vec<KindName>,
    /// The version of Windlass.
    version: String,
    /// How many bytes of memory its process has, where that is known.
    #[schema(required)]
    memory: Option<u64>,
    /// How many jobs of the queue it runs.
    running: u64,
}
