use std::time::Duration;

use proptest::sample::Index;
use windlass_queue::{Limit, LimitScope, Pause, QueuePolicy, Scope, TenantPolicy};

use super::{Run, pick};
use crate::bench::HOUR;
use crate::history::operation::Operation;

impl Run {
    pub(super) async fn govern(&mut self, operation: &Operation, times: usize) {
        for _ in 0..times {
            match operation {
                Operation::Pause { scope, hours } => {
                    self.pause(scope, hours.map(|hours| u32::from(hours) * HOUR)).await;
                }
                Operation::Hold { scope, hours } => {
                    let lasts = u32::from(*hours) * HOUR;
                    self.bench.hold(&scope.to_string(), lasts).await;
                    self.model.hold_up(scope, lasts);
                }
                Operation::SetLimit { scope, limit } => self.set_limit(scope, *limit).await,
                Operation::SetTenant { tenant, policy } => {
                    self.set_tenant(&format!("tenant-{tenant}"), *policy).await;
                }
                Operation::SetPolicy(policy) => self.set_policy(*policy).await,
                other => unreachable!("{other:?} is no rule"),
            }
        }
    }

    /// Ends a pause; of something that is not paused where nothing is.
    pub(super) async fn resume_one(&mut self, pause: Index, times: usize) {
        let paused = self.model.paused();
        let scope = pick(pause, paused.len()).map_or(Scope::Queue, |nth| paused[nth].clone());
        for _ in 0..times {
            self.resume(&scope).await;
        }
    }

    async fn pause(&mut self, scope: &Scope, lasts: Option<Duration>) {
        let pause = Pause { scope: scope.clone(), lasts, note: None };
        self.bench.engine.pause(&self.bench.queue, &pause).await.unwrap();
        self.model.pause(scope, lasts);
    }

    pub(super) async fn resume(&mut self, scope: &Scope) {
        let was_paused = self.bench.resume(&scope.to_string()).await;
        if let Some(expected) = self.model.resume(scope) {
            assert_eq!(was_paused, expected, "there was a pause of {scope}");
        }
    }

    pub(super) async fn set_limit(&mut self, scope: &LimitScope, limit: Option<Limit>) {
        self.bench.set_limit(&scope.to_string(), limit).await;
        self.model.set_limit(scope, limit);
    }

    pub(super) async fn set_tenant(&mut self, tenant: &str, policy: Option<TenantPolicy>) {
        self.bench.set_tenant(tenant, policy).await;
        let tenants = &mut self.model.rules.tenants;
        match policy {
            Some(policy) => tenants.insert(tenant.parse().unwrap(), policy),
            None => tenants.remove(&tenant.parse().unwrap()),
        };
    }

    pub(super) async fn set_policy(&mut self, policy: QueuePolicy) {
        self.bench.set_policy(policy).await;
        self.model.rules.policy = policy;
    }
}
