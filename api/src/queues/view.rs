use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;
use windlass_queue::{
    Depth, Engine, EngineError, Limit, LimitScope, LivingWorker, Order, Parked, Paused, Retention, Rules,
    Scope, TenantPolicy,
};
use windlass_shared::{QueueName, TenantId};

use crate::openapi::shapes;

/// How many entries of each sort are shown of one queue.
pub(super) const MOST_ENTRIES: usize = 1_000;

/// A queue as callers see it, in the API and in the command line alike.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueView {
    #[schema(value_type = shapes::QueueName)]
    name: QueueName,
    #[schema(value_type = shapes::Depth)]
    depth: Depth,
    unfinished: u64,
    #[serde(flatten)]
    policy: PolicyView,
    tenants: Vec<TenantView>,
    #[schema(value_type = Vec<shapes::Paused>)]
    pauses: Vec<Paused>,
    limits: Vec<LimitView>,
    #[schema(value_type = Vec<shapes::Parked>)]
    parked: Vec<Parked>,
    #[schema(value_type = Vec<shapes::LivingWorker>)]
    workers: Vec<LivingWorker>,
    /// Whether one of the lists was longer than what is shown of it.
    truncated: bool,
}

/// A queue as one of many.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueueLine {
    #[schema(value_type = shapes::QueueName)]
    name: QueueName,
    #[schema(value_type = shapes::Depth)]
    depth: Depth,
    unfinished: u64,
    #[schema(value_type = shapes::Order)]
    order: Order,
    draining: bool,
    paused: bool,
    parked: u64,
    workers: usize,
}

/// What holds for a queue as a whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PolicyView {
    #[schema(value_type = shapes::Order)]
    order: Order,
    draining: bool,
    #[schema(required)]
    max_depth: Option<u64>,
    #[schema(required)]
    tenant_quota: Option<u64>,
    #[schema(required)]
    retention: Option<RetentionView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RetentionView {
    completed_for_ms: u64,
    completed_most: usize,
    failed_for_ms: u64,
    failed_most: usize,
    results_for_ms: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct TenantView {
    #[schema(value_type = shapes::TenantId)]
    tenant: TenantId,
    weight: u16,
    #[schema(required)]
    quota: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct LimitView {
    #[schema(value_type = shapes::LimitScope)]
    scope: LimitScope,
    #[serde(flatten)]
    #[schema(value_type = shapes::LimitInForce)]
    limit: Limit,
}

impl QueueView {
    /// All that the engine tells of a queue.
    pub async fn of(engine: &dyn Engine, queue: &QueueName) -> Result<Self, EngineError> {
        let depth = engine.depth(queue).await?;
        let rules = engine.rules(queue).await?;
        let workers = engine.workers(queue).await?;
        Ok(Self::from_parts(queue.clone(), depth, rules, workers))
    }

    fn from_parts(name: QueueName, depth: Depth, rules: Rules, workers: Vec<LivingWorker>) -> Self {
        let mut truncated = false;
        Self {
            name,
            depth,
            unfinished: depth.unfinished(),
            policy: PolicyView::from(rules.policy),
            tenants: some(rules.tenants, TenantView::from, &mut truncated),
            pauses: some(rules.pauses, |pause| pause, &mut truncated),
            limits: some(rules.limits, LimitView::from, &mut truncated),
            parked: some(rules.parked, |parked| parked, &mut truncated),
            workers: some(workers, |worker| worker, &mut truncated),
            truncated,
        }
    }
}

/// As many entries as are shown.
fn some<T, V>(entries: Vec<T>, view: impl Fn(T) -> V, truncated: &mut bool) -> Vec<V> {
    *truncated |= entries.len() > MOST_ENTRIES;
    entries.into_iter().take(MOST_ENTRIES).map(view).collect()
}

impl QueueLine {
    /// What is most worth knowing of a queue.
    pub(super) async fn of(engine: &dyn Engine, name: QueueName) -> Result<Self, EngineError> {
        let depth = engine.depth(&name).await?;
        let rules = engine.rules(&name).await?;
        let workers = engine.workers(&name).await?.len();
        Ok(Self {
            name,
            depth,
            unfinished: depth.unfinished(),
            order: rules.policy.order,
            draining: rules.policy.draining,
            paused: rules.pauses.iter().any(|pause| pause.scope == Scope::Queue),
            parked: rules.parked.iter().map(|parked| parked.jobs).sum(),
            workers,
        })
    }
}

impl From<windlass_queue::QueuePolicy> for PolicyView {
    fn from(policy: windlass_queue::QueuePolicy) -> Self {
        Self {
            order: policy.order,
            draining: policy.draining,
            max_depth: policy.max_depth.map(u64::from),
            tenant_quota: policy.tenant_quota.map(u64::from),
            retention: policy.retention.map(RetentionView::from),
        }
    }
}

impl From<Retention> for RetentionView {
    fn from(retention: Retention) -> Self {
        let millis = |age: Duration| u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        Self {
            completed_for_ms: millis(retention.completed_for),
            completed_most: retention.completed_most,
            failed_for_ms: millis(retention.failed_for),
            failed_most: retention.failed_most,
            results_for_ms: millis(retention.results_for),
        }
    }
}

impl From<(TenantId, TenantPolicy)> for TenantView {
    fn from((tenant, policy): (TenantId, TenantPolicy)) -> Self {
        Self { tenant, weight: policy.weight.get(), quota: policy.quota.map(u64::from) }
    }
}

impl From<(LimitScope, Limit)> for LimitView {
    fn from((scope, limit): (LimitScope, Limit)) -> Self {
        Self { scope, limit }
    }
}
