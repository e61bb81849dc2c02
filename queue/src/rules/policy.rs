use std::num::{NonZeroU16, NonZeroU64};

use serde::{Deserialize, Serialize};

use crate::engine::Retention;

/// What holds for a queue as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueuePolicy {
    /// What comes first.
    pub order: Order,
    /// Whether it takes no new jobs while it works off those that it has. Children of its jobs still come in.
    pub draining: bool,
    /// How many jobs it holds at most that are not in a final state.
    pub max_depth: Option<NonZeroU64>,
    /// How many of them any one tenant may have, unless it has a quota of its own.
    pub tenant_quota: Option<NonZeroU64>,
    /// How long its finished jobs are kept, where that differs from what the workers are told.
    pub retention: Option<Retention>,
}

/// What decides first which job is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Tenants take turns; priority decides within each.
    #[default]
    TenantsFirst,
    /// Priority decides; tenants take turns within the same one.
    PriorityFirst,
}

/// What holds for one tenant in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantPolicy {
    /// How many jobs its turn gives: 1 to 1,000.
    pub weight: NonZeroU16,
    /// How many jobs it may have that are not in a final state.
    pub quota: Option<NonZeroU64>,
}

impl TenantPolicy {
    /// The greatest weight.
    pub const GREATEST_WEIGHT: u16 = 1_000;
}

impl Default for TenantPolicy {
    fn default() -> Self {
        Self { weight: NonZeroU16::MIN, quota: None }
    }
}
