use std::time::Duration;

use async_trait::async_trait;
use windlass_shared::{QueueName, TenantId};

use super::EngineError;
use crate::rules::{Limit, LimitScope, Pause, PolicyChange, QueuePolicy, Rules, Scope, TenantPolicy};

/// The role that sets and tells the rules of a queue. They take effect with the next claim.
#[async_trait]
pub trait GovernQueue {
    /// Holds something up; takes the place of an earlier pause of the same scope. Running jobs go on.
    async fn pause(&self, queue: &QueueName, pause: &Pause) -> Result<(), EngineError>;

    /// Holds something up for at least this long; a pause in force that lasts longer stays as it is. What a handler does
    /// when a provider asks for patience.
    async fn hold(
        &self,
        queue: &QueueName,
        scope: &Scope,
        lasts: Duration,
        note: &str,
    ) -> Result<(), EngineError>;

    /// Ends a pause or hold, brings back what is parked for it and wakes workers. Answers whether there was one.
    async fn resume(&self, queue: &QueueName, scope: &Scope) -> Result<bool, EngineError>;

    /// Sets a limit, or removes it. Jobs that run already count; more of them than the limit allows run on.
    async fn set_limit(
        &self,
        queue: &QueueName,
        scope: &LimitScope,
        limit: Option<Limit>,
    ) -> Result<(), EngineError>;

    /// Sets what holds for a tenant, or makes it one like all others.
    async fn set_tenant(
        &self,
        queue: &QueueName,
        tenant: &TenantId,
        policy: Option<TenantPolicy>,
    ) -> Result<(), EngineError>;

    /// Changes what holds for the queue as a whole, in one step: what the change does not name stays as it is, even if
    /// others change it at the same time. Answers what holds now.
    async fn set_policy(&self, queue: &QueueName, change: &PolicyChange) -> Result<QueuePolicy, EngineError>;

    /// All that is in force.
    async fn rules(&self, queue: &QueueName) -> Result<Rules, EngineError>;
}
