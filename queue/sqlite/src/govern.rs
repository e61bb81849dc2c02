//! The role that sets and tells the rules of a queue.

use std::time::Duration;

use async_trait::async_trait;
use windlass_queue::{
    EngineError, GovernQueue, Limit, LimitScope, Pause, PolicyChange, QueuePolicy, Rules, Scope, TenantPolicy,
};
use windlass_shared::{QueueName, TenantId};

use crate::engine::SqliteEngine;
use crate::questions::rules;
use crate::verbs::{pause, resume, set_limit, set_policy, set_tenant};

#[async_trait]
impl GovernQueue for SqliteEngine {
    async fn pause(&self, queue: &QueueName, pause: &Pause) -> Result<(), EngineError> {
        let (queue, pause) = (queue.clone(), pause.clone());
        self.write(move |turn| pause::pause(turn, &queue, &pause)).await
    }

    async fn hold(
        &self,
        queue: &QueueName,
        scope: &Scope,
        lasts: Duration,
        note: &str,
    ) -> Result<(), EngineError> {
        let (queue, scope, note) = (queue.clone(), scope.clone(), note.to_owned());
        self.write(move |turn| pause::hold(turn, &queue, &scope, lasts, &note)).await
    }

    async fn resume(&self, queue: &QueueName, scope: &Scope) -> Result<bool, EngineError> {
        let (queue, scope) = (queue.clone(), scope.clone());
        self.write(move |turn| resume::resume(turn, &queue, &scope)).await
    }

    async fn set_limit(
        &self,
        queue: &QueueName,
        scope: &LimitScope,
        limit: Option<Limit>,
    ) -> Result<(), EngineError> {
        let (queue, scope) = (queue.clone(), scope.clone());
        self.write(move |turn| set_limit::set_limit(turn, &queue, &scope, limit.as_ref())).await
    }

    async fn set_tenant(
        &self,
        queue: &QueueName,
        tenant: &TenantId,
        policy: Option<TenantPolicy>,
    ) -> Result<(), EngineError> {
        let (queue, tenant) = (queue.clone(), tenant.clone());
        self.write(move |turn| set_tenant::set_tenant(turn, &queue, &tenant, policy.as_ref())).await
    }

    async fn set_policy(&self, queue: &QueueName, change: &PolicyChange) -> Result<QueuePolicy, EngineError> {
        let (queue, change) = (queue.clone(), *change);
        self.write(move |turn| set_policy::set_policy(turn, &queue, change)).await
    }

    async fn rules(&self, queue: &QueueName) -> Result<Rules, EngineError> {
        let (now, queue) = (self.now(), queue.clone());
        self.read(move |connection| rules::rules(connection, now, &queue)).await
    }
}
