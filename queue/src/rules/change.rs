use std::num::NonZeroU64;
use std::time::Duration;

use super::{InvalidRule, Order, QueuePolicy};
use crate::engine::Retention;

/// What is to change of a [`QueuePolicy`]; all else stays. An engine applies it in one step, so that of two people who
/// change different things at the same time neither undoes what the other did.
///
/// ```
/// use std::num::NonZeroU64;
/// use windlass_queue::{PolicyChange, QueuePolicy, Setting};
///
/// let before = QueuePolicy { max_depth: NonZeroU64::new(10), ..QueuePolicy::default() };
/// let quota = PolicyChange { tenant_quota: Setting::Is(NonZeroU64::new(5)), ..PolicyChange::default() };
/// let after = quota.onto(before);
/// assert_eq!((after.max_depth, after.tenant_quota), (NonZeroU64::new(10), NonZeroU64::new(5)));
/// let unbounded = PolicyChange { max_depth: Setting::Is(None), ..PolicyChange::default() };
/// assert_eq!(unbounded.onto(after).max_depth, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyChange {
    /// What comes first.
    pub order: Option<Order>,
    /// Whether it takes no new jobs.
    pub draining: Option<bool>,
    /// How many jobs it holds at most that are not in a final state.
    pub max_depth: Setting<NonZeroU64>,
    /// How many of them any one tenant may have.
    pub tenant_quota: Setting<NonZeroU64>,
    /// How long its finished jobs are kept; with none, as the workers say.
    pub retention: Setting<RetentionChange>,
}

/// What is to change of a [`Retention`]. Where none is set, what is left out becomes as usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetentionChange {
    /// How long completed jobs are kept.
    pub completed_for: Option<Duration>,
    /// How many of them.
    pub completed_most: Option<usize>,
    /// How long cancelled and discarded jobs are kept.
    pub failed_for: Option<Duration>,
    /// How many of each of them.
    pub failed_most: Option<usize>,
    /// How long results are kept.
    pub results_for: Option<Duration>,
}

/// What becomes of a value that need not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Setting<T> {
    /// It stays as it is.
    #[default]
    Stays,
    /// It becomes this, or none.
    Is(Option<T>),
}

impl<T> Setting<T> {
    fn or(self, old: Option<T>) -> Option<T> {
        match self {
            Self::Stays => old,
            Self::Is(new) => new,
        }
    }
}

impl PolicyChange {
    /// Keeps new jobs out.
    pub const DRAIN: Self = Self { draining: Some(true), ..Self::NOTHING };
    /// Lets new jobs in again.
    pub const UNDRAIN: Self = Self { draining: Some(false), ..Self::NOTHING };

    const NOTHING: Self = Self {
        order: None,
        draining: None,
        max_depth: Setting::Stays,
        tenant_quota: Setting::Stays,
        retention: Setting::Stays,
    };

    /// The policy after the change.
    pub fn onto(self, policy: QueuePolicy) -> QueuePolicy {
        QueuePolicy {
            order: self.order.unwrap_or(policy.order),
            draining: self.draining.unwrap_or(policy.draining),
            max_depth: self.max_depth.or(policy.max_depth),
            tenant_quota: self.tenant_quota.or(policy.tenant_quota),
            retention: match self.retention {
                Setting::Stays => policy.retention,
                Setting::Is(change) => change.map(|change| change.onto(policy.retention.unwrap_or_default())),
            },
        }
    }

    /// Whether what it sets can be counted with.
    pub fn check(&self) -> Result<(), InvalidRule> {
        // Each bound is looked at by itself, so what the rest is does not matter.
        self.onto(QueuePolicy::default()).check()
    }
}

impl RetentionChange {
    /// The retention after the change.
    pub fn onto(self, retention: Retention) -> Retention {
        Retention {
            completed_for: self.completed_for.unwrap_or(retention.completed_for),
            completed_most: self.completed_most.unwrap_or(retention.completed_most),
            failed_for: self.failed_for.unwrap_or(retention.failed_for),
            failed_most: self.failed_most.unwrap_or(retention.failed_most),
            results_for: self.results_for.unwrap_or(retention.results_for),
        }
    }
}

impl From<QueuePolicy> for PolicyChange {
    /// All of it is set anew.
    fn from(policy: QueuePolicy) -> Self {
        let QueuePolicy { order, draining, max_depth, tenant_quota, retention } = policy;
        Self {
            order: Some(order),
            draining: Some(draining),
            max_depth: Setting::Is(max_depth),
            tenant_quota: Setting::Is(tenant_quota),
            retention: Setting::Is(retention.map(RetentionChange::from)),
        }
    }
}

impl From<Retention> for RetentionChange {
    fn from(retention: Retention) -> Self {
        let Retention { completed_for, completed_most, failed_for, failed_most, results_for } = retention;
        Self {
            completed_for: Some(completed_for),
            completed_most: Some(completed_most),
            failed_for: Some(failed_for),
            failed_most: Some(failed_most),
            results_for: Some(results_for),
        }
    }
}
